import type { TrafficEdge } from "../traffic";

/** The traffic that a rule was learned from. */
export interface Evidence {
  /** The edge: `shop/web → shop/db TCP 5432`. */
  edge: string;
  /** Packets seen. */
  flows: number;
  /** Requests or connections that the server's proxy counted. Absent: it counted none. */
  requests?: number;
  first?: string;
  last?: string;
  /** One of its flows: `10.0.0.1:40000 → 10.0.0.2:5432`. */
  example?: string;
}

/** The evidence that an edge is. */
export function evidenceOf(traffic: TrafficEdge): Evidence {
  const { from, to, protocol, port, wire, flows, requests, first, last, example } = traffic;
  const number = protocol.startsWith("ICMP") ? `type ${port}` : port;
  const on = port === undefined ? `${protocol} on ${wire}` : `${protocol} ${number}`;
  return {
    edge: `${from.id} → ${to.id} ${on}`,
    flows,
    ...(requests !== undefined && { requests }),
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
    ...(example !== undefined && { example }),
  };
}
