import type { TrafficEdge } from "../traffic";

/** Why a rule is there. */
export interface Evidence {
  /** What was seen: `shop/web -> shop/db TCP 5432`. */
  edge: string;
  flows: number;
  requests?: number;
  first?: string;
  last?: string;
}

export function evidenceOf({ from, to, protocol, port, wire, flows, requests, first, last }: TrafficEdge): Evidence {
  const on = port === undefined ? `${protocol} on ${wire}` : `${protocol} ${port}`;
  return {
    edge: `${from.id} -> ${to.id} ${on}`,
    flows,
    ...(requests !== undefined && { requests }),
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
  };
}
