import { test } from "node:test";
import { runToTheEnd } from "./journey";

test("transport-header: running each next command leads to enforcement of everything that was seen, with nothing denied", () =>
  runToTheEnd("transport-header"));
