import { test } from "node:test";
import { hostilePieces } from "./state";
import { assertTrafficInert } from "./traffic";

// traffic.check.ts tests each text by itself, in every format of every command.
test("names with every hostile text at once stay inert in reports of traffic", () =>
  assertTrafficInert(hostilePieces.join(" "), (what) =>
    ["replay state.json as markdown", "learn state.json as yaml", "rollout state.json as text"].includes(what),
  ));
