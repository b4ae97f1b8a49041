import { test } from "node:test";
import { holdReports } from "./reports";
import { hostilePieces } from "./state";

// Piece by piece: reports.check.ts.
test("nothing of names that hold everything at once acts in what is said of a proof, a plan or its images", () =>
  holdReports(hostilePieces.join(" ")));
