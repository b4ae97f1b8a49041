import { nameOf } from "../replay/replay";
import type { TrafficEdge } from "../traffic";

/** An edge that passed and that enforcement would deny. */
export interface WouldDeny {
  /** `shop/stranger → shop/db TCP 5432` */
  edge: string;
  /** Whether only Linkerd's 4143 was seen, so that nothing tells the port that Servers decide by. */
  hidden?: true;
  /** Whether one end is a pod that is gone, which no policy has to admit. */
  gone?: true;
  /** Packets seen. 0 where only proxies reported it. */
  flows: number;
  last?: string;
  /** What would deny it. */
  by: string[];
}

/** Describes edges that would be denied, most traffic first. */
export function wouldDenyOf(edges: readonly TrafficEdge[], by: (edge: TrafficEdge) => string[]): WouldDeny[] {
  return edges
    .map((edge) => ({
      edge: `${nameOf(edge.from)} → ${nameOf(edge.to)} ${edge.protocol} ${edge.port ?? "unknown"}`,
      ...(edge.port === undefined && { hidden: true as const }),
      ...([edge.from, edge.to].some(({ kind }) => kind === "gone") && { gone: true as const }),
      flows: edge.flows,
      ...(edge.last !== undefined && { last: edge.last }),
      by: by(edge),
    }))
    .sort((a, b) => b.flows - a.flows);
}
