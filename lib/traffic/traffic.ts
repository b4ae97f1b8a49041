import type { Problem } from "../common/problem";
import type { Party } from "./party";

/** Who was seen talking to whom on which port. */
export interface TrafficEdge {
  from: Party;
  to: Party;
  /** TCP, UDP, SCTP, ICMPv4, ICMPv6. */
  protocol: string;
  /** What the application asked for; of ICMP the type. Absent: only Linkerd's 4143 was seen, in which the port is hidden, and no proxy told it. */
  port?: number;
  /** The port of the packets. Absent: only proxies tell of it. */
  wire?: number;
  /** Lines that say that a packet went this way, each packet once. A sidecar keeps connections: these are no requests. */
  flows: number;
  /** Of them, those that were let through (and those that a policy in audit mode would not have let through). */
  passed: number;
  /** Packets that a policy denied, once each. */
  denied: number;
  /** Connections that were let through only because the policies were in audit mode. */
  audited: number;
  /** Requests or connections that the server's proxy counted, and refused. */
  requests?: number;
  refused?: number;
  /** One of its flows: `10.0.0.1:40000 -> 10.0.0.2:5432`. */
  example?: string;
  /** The service account of the client by its certificate: `shop/frontend`. */
  account?: string;
  /** It passed, and from then on everything of it was denied: a policy came that cut it. */
  deniedSince?: string;
  /** RFC 3339. Absent: proxies' counters, which have no time. */
  first?: string;
  last?: string;
}

/** Events that no reader got. */
export interface Loss {
  /** `OBSERVER_EVENTS_QUEUE`, `HUBBLE_RING_BUFFER`, `PERF_EVENT_RING_BUFFER`. */
  source: string;
  events: number;
  first?: string;
  last?: string;
}

/** What recordings say, joined. */
export interface Traffic {
  edges: TrafficEdge[];
  /** Lines that tell of a flow. */
  flows: number;
  first?: string;
  last?: string;
  /** Hours in which flows were recorded: `2026-11-26T10`. */
  hours: ReadonlySet<string>;
  lost: Loss[];
  /** What was read and makes no edge, counted by why. */
  passedOver: ReadonlyMap<string, number>;
  /** Policies that took effect while it was recorded, and when first. */
  policyChanges: readonly { name: string; at: string }[];
  /** Whether proxies' metrics were among it. */
  proxies: boolean;
  problems: Problem[];
}
