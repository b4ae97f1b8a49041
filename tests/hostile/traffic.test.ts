import { test } from "node:test";
import { hostilePieces } from "./state";
import { holdTraffic } from "./traffic";

// Piece by piece, and in every format of every command, in traffic.check.ts.
test("names with every hostile text at once stay inert in reports of traffic", () =>
  holdTraffic(hostilePieces.join(" "), (what) =>
    ["replay state.json as markdown", "learn state.json as typescript", "rollout state.json as text"].includes(what),
  ));
