import { test } from "node:test";
import { assertCommandsInert } from "./commands";
import { hostilePieces } from "./state";

// commands.check.ts tests each text by itself, in every format of every command.
test("names with every hostile text at once stay inert in the output of commands", () =>
  assertCommandsInert(hostilePieces.join(" "), (command, format) =>
    ["diff markdown", "lint text"].includes(`${command} ${format}`),
  ));

test("names such as `__proto__` and `constructor` are names like any other", () =>
  assertCommandsInert("constructor", (command, format) => command === "reach" && format === "text"));
