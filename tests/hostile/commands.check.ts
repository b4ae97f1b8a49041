import { test } from "node:test";
import { holdCommands } from "./commands";
import { hostilePieces } from "./state";

for (const piece of hostilePieces)
  test(`nothing of a name acts in any format of any command: ${JSON.stringify(piece).slice(0, 60)}`, () =>
    holdCommands(piece));
