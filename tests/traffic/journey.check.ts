import { test } from "node:test";
import { runToTheEnd } from "./journey";

test("transport-header: whoever runs each next command arrives: everything that was seen is enforced, and nothing of it is denied", () =>
  runToTheEnd("transport-header"));
