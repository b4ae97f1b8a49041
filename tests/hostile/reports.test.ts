import { test } from "node:test";
import { assertReportsInert } from "./reports";
import { hostilePieces } from "./state";

// reports.check.ts tests each text by itself.
test("names with every hostile text at once stay inert in reports of a proof, a plan and its images", () =>
  assertReportsInert(hostilePieces.join(" ")));
