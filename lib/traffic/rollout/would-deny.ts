import type { TrafficEdge } from "../traffic";

/** What passed, and enforcement would deny. */
export interface WouldDeny {
  /** `shop/stranger -> shop/db TCP 5432` */
  edge: string;
  /** How often it was seen; of what only proxies tell, requests or connections. */
  flows: number;
  last?: string;
  /** What would deny it. */
  by: string[];
}

/** Edges that would be denied, the most frequent first. */
export function told(edges: readonly TrafficEdge[], by: (edge: TrafficEdge) => string[]): WouldDeny[] {
  return edges
    .map((edge) => ({
      edge: `${edge.from.id} -> ${edge.to.id} ${edge.protocol} ${edge.port ?? "unknown"}`,
      flows: edge.flows,
      ...(edge.last !== undefined && { last: edge.last }),
      by: by(edge),
    }))
    .sort((a, b) => b.flows - a.flows);
}
