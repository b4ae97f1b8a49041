import { test } from "node:test";
import { assertReportsInert } from "./reports";
import { hostilePieces } from "./state";

for (const piece of hostilePieces)
  test(`a hostile name stays inert in every report of a proof, a plan or its images: ${JSON.stringify(piece).slice(0, 60)}`, () =>
    assertReportsInert(piece));
