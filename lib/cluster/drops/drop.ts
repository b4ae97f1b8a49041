import type { PodRef } from "../pod-ref";

/** A packet that Cilium dropped, as an agent saw it. */
export interface Drop {
  /** When, in milliseconds since 1970; by the agent's clock where it tells, else when it arrived here. */
  at: number;
  /** Node of the agent. */
  node: string;
  from: DropEnd;
  to: DropEnd;
  /** TCP, UDP, SCTP, ICMPv4, ICMPv6 … */
  protocol: string;
  /** Destination port on the wire; of a meshed flow it may be 4143. */
  port?: number;
  sourcePort?: number;
  /** As Cilium says it: `Policy denied` (nothing allows it), `Policy denied by denylist`, or no matter of policy at all. */
  reason: string;
  /** Whether it has to do with policy at all. */
  byPolicy: boolean;
  /** At which end's policy. */
  direction?: "ingress" | "egress";
  /** The policies that deny it, where the agent names them: only those with a deny rule have a name in a default deny. */
  policies: { kind: string; namespace?: string; name: string }[];
  seenBy: "hubble" | "monitor";
}

export interface DropEnd {
  ip: string;
  pod?: PodRef;
  /** Cilium's numeric identity. */
  identity?: number;
  /** `reserved:world`, `k8s:app=client` … */
  labels?: string[];
}

/** Watches until `stop`. */
export interface DropWatch {
  /** Those seen until now, oldest first; at most `maximumDrops`, the newest of them. */
  drops(): readonly Drop[];
  /** Nodes whose agents could not be asked, with the reason. */
  readonly blind: readonly { node: string; why: string }[];
  /** Ends it, after what is under way has arrived. Never rejects. */
  stop(): Promise<void>;
}
