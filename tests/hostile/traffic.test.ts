import { test } from "node:test";
import { hostilePieces } from "./state";
import { holdTraffic } from "./traffic";

// Piece by piece: traffic.check.ts.
test("nothing of names that hold everything at once acts in what is said of traffic", () =>
  holdTraffic(hostilePieces.join(" ")));
