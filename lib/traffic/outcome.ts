import type { TrafficEdge } from "./traffic";

/** What became of an edge when it was recorded. What a proxy refuses has passed Cilium. */
export function outcomeOf({
  passed,
  audited,
  requests = 0,
  refused = 0,
}: TrafficEdge): "passed" | "audited" | "denied" {
  if (audited > 0) return "audited";
  return passed === 0 || (refused > 0 && refused >= requests) ? "denied" : "passed";
}
