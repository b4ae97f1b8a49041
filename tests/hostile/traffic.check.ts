import { test } from "node:test";
import { hostilePieces } from "./state";
import { assertTrafficInert } from "./traffic";

for (const piece of [hostilePieces.join(" "), ...hostilePieces])
  test(`a hostile name stays inert in every report of traffic: ${JSON.stringify(piece).slice(0, 60)}`, () =>
    assertTrafficInert(piece));
