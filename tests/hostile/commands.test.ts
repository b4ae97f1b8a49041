import { test } from "node:test";
import { holdCommands } from "./commands";
import { hostilePieces } from "./state";

// Piece by piece, and in every format of every command, in commands.check.ts.
test("nothing of names that hold everything at once acts", () =>
  holdCommands(hostilePieces.join(" "), (command, format) =>
    ["diff markdown", "lint text"].includes(`${command} ${format}`),
  ));

test("a word of JavaScript's own is a word like any other", () =>
  holdCommands("constructor", (command, format) => command === "reach" && format === "text"));
