import { isDeepStrictEqual } from "node:util";
import type { PolicyState } from "../policy-state";
import type { Traffic } from "../traffic";
import { EdgeJudge, replay, withResolvedParties } from "./replay";
import type { Replay } from "./report";

/**
 * Replays traffic under a change: of the edges that the new policies deny, those that the old ones did not. An edge that the new policies leave
 * undecided may be one that the change denies, even if the old ones left it undecided too, unless no policy changes. Pure.
 */
export function replayChange(recorded: Traffic, before: PolicyState, after: PolicyState): Replay {
  const traffic = withResolvedParties(recorded, after);
  const then = new EdgeJudge(traffic, before);
  const states = new Map(traffic.edges.map((edge) => [edge, then.judge(edge).state]));
  const brings = (isNew: (state: string | undefined) => boolean) =>
    replay({ ...traffic, edges: traffic.edges.filter((edge) => isNew(states.get(edge))) }, after);
  const isSame =
    isDeepStrictEqual(before.policies, after.policies) && isDeepStrictEqual(before.authorization, after.authorization);
  return {
    ...replay(traffic, after),
    denied: brings((state) => state !== "denied").denied,
    unknown: brings((state) => !isSame || state !== "unknown").unknown,
  };
}
