import type { Traffic } from "../traffic";
import { Replaying, replay, settledIn } from "./replay";
import type { PolicyState, Replay } from "./report";

/**
 * What a change would have made of traffic: of the edges that the policies afterwards deny, those that the policies before did not; of those that
 * cannot be decided afterwards, those that could be. Pure.
 */
export function replayChange(recorded: Traffic, before: PolicyState, after: PolicyState): Replay {
  const traffic = settledIn(recorded, after);
  const then = new Replaying(traffic, before);
  const states = new Map(traffic.edges.map((edge) => [edge, then.judge(edge).state]));
  const brings = (state: "denied" | "unknown") => traffic.edges.filter((edge) => states.get(edge) !== state);
  const whole = replay(traffic, after);
  const newly = (state: "denied" | "unknown") => replay({ ...traffic, edges: brings(state) }, after)[state];
  return { ...whole, denied: newly("denied"), unknown: newly("unknown") };
}
