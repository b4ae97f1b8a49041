import type { Problem } from "../common/problem";
import type { PassedOver } from "./hubble/passed-over";
import type { Party } from "./party";

/** Who was seen talking to whom on which port. */
export interface TrafficEdge {
  from: Party;
  to: Party;
  /** TCP, UDP, SCTP, ICMPv4, ICMPv6. */
  protocol: string;
  /** The application's port; for ICMP, the type. Absent when only Linkerd's 4143 was seen, which hides the port, and no proxy reported it. */
  port?: number;
  /** The port on the wire. Absent when only proxies reported the edge. */
  wire?: number;
  /** Packets seen, each counted once. Sidecars keep connections open, so these are not requests. */
  flows: number;
  /** Packets that were let through, including those that only audit mode let through. */
  passed: number;
  /** Packets that a policy denied, each counted once. */
  denied: number;
  /** Connections that only audit mode let through. */
  audited: number;
  /** Requests or connections that the server's proxy counted. */
  requests?: number;
  /** How many of {@link requests} it refused. */
  refused?: number;
  /** One of its flows: `10.0.0.1:40000 → 10.0.0.2:5432`. */
  example?: string;
  /** How many of {@link requests} the proxy admitted only because of the policy `audit`. */
  auditedRequests?: number;
  /** The client's service account, from its certificate: `shop/frontend`. */
  account?: string;
  /** When a policy began to deny all of it, after it had passed. RFC 3339. */
  deniedSince?: string;
  /** RFC 3339. Absent for proxies' counters, which carry no time. */
  first?: string;
  last?: string;
}

/** Events that Hubble lost before anyone read them. */
export interface Loss {
  /** `OBSERVER_EVENTS_QUEUE`, `HUBBLE_RING_BUFFER`, `PERF_EVENT_RING_BUFFER`. */
  source: string;
  events: number;
  first?: string;
  last?: string;
}

/** Recorded traffic, joined into edges. */
export interface Traffic {
  edges: TrafficEdge[];
  /** Flows that were read. */
  flows: number;
  first?: string;
  last?: string;
  /** Hours in which flows were recorded: `2026-11-26T10`. */
  hours: ReadonlySet<string>;
  lost: Loss[];
  /** Lines that are not edges, by reason. */
  passedOver: readonly PassedOver[];
  /** Policies that took effect during the recording, with the first time of each. */
  policyChanges: readonly { name: string; at: string }[];
  /** Whether it includes proxies' metrics. */
  proxies: boolean;
  problems: Problem[];
}
