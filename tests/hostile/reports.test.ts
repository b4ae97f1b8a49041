import { test } from "node:test";
import { holdReports } from "./reports";
import { hostilePieces } from "./state";

// Piece by piece: reports.check.ts.
test("names with every hostile text at once stay inert in reports of a proof, a plan and its images", () =>
  holdReports(hostilePieces.join(" ")));
