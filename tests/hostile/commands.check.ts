import { test } from "node:test";
import { assertCommandsInert } from "./commands";
import { hostilePieces } from "./state";

for (const piece of hostilePieces)
  test(`a hostile name stays inert in every format of every command: ${JSON.stringify(piece).slice(0, 60)}`, () =>
    assertCommandsInert(piece));
