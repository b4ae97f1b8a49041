import { test } from "node:test";
import { hostilePieces } from "./state";
import { holdTraffic } from "./traffic";

// Piece by piece, and in every format of every command, in traffic.check.ts.
test("nothing of names that hold everything at once acts in what is said of traffic", () =>
  holdTraffic(hostilePieces.join(" "), (what) =>
    ["replay state.json as markdown", "learn state.json as typescript", "rollout state.json as text"].includes(what),
  ));
