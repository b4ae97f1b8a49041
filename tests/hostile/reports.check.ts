import { test } from "node:test";
import { holdReports } from "./reports";
import { hostilePieces } from "./state";

for (const piece of hostilePieces)
  test(`nothing of a name acts in what is said of a proof, a plan or its images: ${JSON.stringify(piece).slice(0, 60)}`, () =>
    holdReports(piece));
