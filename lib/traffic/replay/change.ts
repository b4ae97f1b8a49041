import { isDeepStrictEqual } from "node:util";
import type { Traffic } from "../traffic";
import { Replaying, replay, settledIn } from "./replay";
import type { PolicyState, Replay } from "./report";

/**
 * What a change would have made of traffic: of the edges that the policies afterwards deny, those that the policies before did not. What cannot be
 * decided afterwards may be what the change cuts, also where it could not be decided before; unless no policy changes. Pure.
 */
export function replayChange(recorded: Traffic, before: PolicyState, after: PolicyState): Replay {
  const traffic = settledIn(recorded, after);
  const then = new Replaying(traffic, before);
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
