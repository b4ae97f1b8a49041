import type { TrafficEdge } from "./traffic";

/** What happened to an edge when it was recorded. A request that the proxy refused has passed Cilium. */
export function outcomeOf({
  passed,
  audited,
  requests = 0,
  refused = 0,
  auditedRequests = 0,
}: TrafficEdge): "passed" | "audited" | "denied" {
  if (audited + auditedRequests > 0) return "audited";
  return passed === 0 || (refused > 0 && refused >= requests) ? "denied" : "passed";
}
