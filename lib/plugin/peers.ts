import type { Entity } from "../cilium/model/entity";
import type {
  EgressDenyPeer as ModelEgressDenyPeer,
  EgressPeer as ModelEgressPeer,
  IngressPeer as ModelIngressPeer,
} from "../cilium/model/peer";
import type { EndpointSelector, NamespaceSelector } from "./selectors";

// Peers in a form that a Pulumi schema can express. It has no unions of objects, so one object has the members of all kinds, and no subsets of
// enums, so those are copied. `Peer` in TypeScript makes the same objects, and the policy's check refuses mixed kinds.

/**
 * What a peer can be in either direction.
 * @enum
 */
export const IngressPeerKind = {
  /** Pods, by their labels. */
  Endpoints: "endpoints",
  /** What is no pod of its own: `entity` says which. */
  Entity: "entity",
  /** Addresses outside the cluster. */
  Cidr: "cidr",
  /** Anyone. */
  Everything: "everything",
  /** No one. */
  Nothing: "nothing",
} as const;
export type IngressPeerKind = (typeof IngressPeerKind)[keyof typeof IngressPeerKind];

/**
 * What a peer can be in a rule that denies egress.
 * @enum
 */
export const EgressDenyPeerKind = {
  /** Pods, by their labels. */
  Endpoints: "endpoints",
  /** What is no pod of its own: `entity` says which. */
  Entity: "entity",
  /** Addresses outside the cluster. */
  Cidr: "cidr",
  /** Anyone. */
  Everything: "everything",
  /** No one. */
  Nothing: "nothing",
} as const;
export type EgressDenyPeerKind = (typeof EgressDenyPeerKind)[keyof typeof EgressDenyPeerKind];

/**
 * What a peer can be in a rule that allows egress.
 * @enum
 */
export const EgressPeerKind = {
  /** Pods, by their labels. */
  Endpoints: "endpoints",
  /** What is no pod of its own: `entity` says which. */
  Entity: "entity",
  /** Addresses outside the cluster. */
  Cidr: "cidr",
  /** Anyone. */
  Everything: "everything",
  /** No one. */
  Nothing: "nothing",
  /** The backends of a Service. */
  Service: "service",
  /** The addresses of a DNS name outside the cluster. */
  Fqdn: "fqdn",
} as const;
export type EgressPeerKind = (typeof EgressPeerKind)[keyof typeof EgressPeerKind];

/**
 * Addresses. They only ever match what is outside the cluster: not pods, not nodes, not a Service's cluster IP (unless the
 * agent's `policy-cidr-match-mode` says so). Exactly one of `cidr` and `group`.
 */
export interface CidrPeer {
  /** `10.0.0.0/8`. */
  cidr?: string;
  /** The name of a CiliumCIDRGroup. */
  group?: string;
  /** Excluded blocks inside `cidr`. */
  except?: string[];
}

/** A Service, or several by their labels. Exactly one of `name` and `matchLabels`. */
export interface ServicePeer {
  /** The one Service of this name. */
  name?: string;
  /** By the labels of the Service itself, not of its pods. */
  matchLabels?: { [key: string]: string };
  /** Default: the policy's own. */
  namespace?: string;
  /** Services of any namespace instead. */
  anyNamespace?: boolean;
}

/** A DNS name outside the cluster. Exactly one member. */
export interface FqdnPeer {
  /** The whole name: `api.example.com`. */
  matchName?: string;
  /** A pattern: `*.example.com` is one label deep, `**.example.com` any depth. */
  matchPattern?: string;
}

interface PeerFields {
  /** With the kind `endpoints`: which pods. */
  endpoints?: EndpointSelector;
  /** With the kind `endpoints`: whose. Default: the policy's own namespace; in a clusterwide policy any. */
  namespace?: NamespaceSelector;
  /** With the kind `entity`. */
  entity?: Entity;
  /** With the kind `cidr`. */
  cidr?: CidrPeer;
}

/** Who a rule is about, in either direction. */
export interface IngressPeer extends PeerFields {
  /** Which of the other members counts. */
  kind: IngressPeerKind;
}

/**
 * The peer of a rule that denies egress. Not a Service: Cilium looks up none in a deny rule, which then denies nobody or, with ports, everybody
 * (`processRule` in `pkg/policy/k8s/service.go`).
 */
export interface EgressDenyPeer extends PeerFields {
  /** Which of the other members counts. */
  kind: EgressDenyPeerKind;
}

/** The peer of a rule that allows egress: an `EgressDenyPeer`, a Service or a DNS name. */
export interface EgressPeer extends PeerFields {
  /** Which of the other members counts. */
  kind: EgressPeerKind;
  /** With the kind `service`. */
  service?: ServicePeer;
  /** With the kind `fqdn`. */
  fqdn?: FqdnPeer;
}

// Does not compile if TypeScript has a kind of peer that other languages lack.
({}) satisfies Record<Exclude<ModelIngressPeer["kind"], IngressPeerKind>, never>;
({}) satisfies Record<Exclude<ModelEgressDenyPeer["kind"], EgressDenyPeerKind>, never>;
({}) satisfies Record<Exclude<ModelEgressPeer["kind"], EgressPeerKind>, never>;
