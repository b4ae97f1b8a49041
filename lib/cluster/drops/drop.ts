import type { PodRef } from "../pod-ref";

/** A packet that Cilium dropped, as an agent saw it. */
export interface Drop {
  /** The time, in milliseconds since 1970, by the agent's clock; if the agent gives none, the time of arrival. */
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
  /** In Cilium's words: `Policy denied` (nothing allows it), `Policy denied by denylist`, or a reason other than policy. */
  reason: string;
  /** Whether a policy is the reason. */
  byPolicy: boolean;
  /** Which end's policy dropped it. */
  direction?: "ingress" | "egress";
  /** The policies that deny it, if the agent names them: in a default deny it only names those with a deny rule. */
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
  /** The drops so far, oldest first; only the newest `maximumDrops`. */
  drops(): readonly Drop[];
  /** Nodes whose agents could not be asked, with the reason. */
  readonly blind: readonly { node: string; why: string }[];
  /** Stops after pending events have arrived. Never rejects. */
  stop(): Promise<void>;
}
