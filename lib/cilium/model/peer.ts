import type { EndpointSelector, NamespaceSelector } from "../api/endpoint-selector";
import type { Entity } from "./entity";

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
  /** Blocks inside `cidr` that stay out of it. */
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

/** Who a rule is about, in either direction. Made by `Peer`. */
export interface IngressPeer extends PeerFields {
  /** Which of the other members counts. */
  kind: IngressPeerKind;
}

/**
 * Who a rule that denies egress is about. No Service: Cilium looks none up in a rule that denies, which then denies nobody, or with ports
 * everybody (`processRule` in `pkg/policy/k8s/service.go`). Made by `Peer`.
 */
export interface EgressDenyPeer extends PeerFields {
  /** Which of the other members counts. */
  kind: EgressDenyPeerKind;
}

/** Who a rule that allows egress is about: an `EgressDenyPeer`, a Service or a DNS name. Made by `Peer`. */
export interface EgressPeer extends PeerFields {
  /** Which of the other members counts. */
  kind: EgressPeerKind;
  /** With the kind `service`. */
  service?: ServicePeer;
  /** With the kind `fqdn`. */
  fqdn?: FqdnPeer;
}

const pods = (endpoints: EndpointSelector, namespace?: NamespaceSelector): IngressPeer => ({
  kind: IngressPeerKind.Endpoints,
  endpoints,
  ...(namespace && { namespace }),
});
/** No labels given: every pod. */
const selector = (labels?: { [key: string]: string }): EndpointSelector =>
  labels === undefined ? { all: true } : { matchLabels: labels };

/**
 * Constructors of peers. They only write down; `networkPolicy` checks, and reports all problems at once. What their types
 * allow is where they may stand: a DNS name or a Service as the source of ingress does not compile.
 */
export const Peer = {
  /** The pods with these labels in the policy's own namespace; in a clusterwide policy in any. */
  endpoints: (labels: { [key: string]: string }): IngressPeer => pods(selector(labels)),
  /** The same with a whole selector, for expressions and service accounts; optionally of other namespaces. */
  select: (endpoints: EndpointSelector, namespace?: NamespaceSelector): IngressPeer => pods(endpoints, namespace),
  /** Every pod of the policy's own namespace. */
  ownNamespace: (): IngressPeer => pods({ all: true }),
  /** The pods of one namespace: all, or those with these labels. */
  namespace: (name: string, labels?: { [key: string]: string }): IngressPeer => pods(selector(labels), { name }),
  /** The pods of every namespace that carries these labels: all, or those with `labels`. */
  namespaces: (namespaceLabels: { [key: string]: string }, labels?: { [key: string]: string }): IngressPeer =>
    pods(selector(labels), { matchLabels: namespaceLabels }),
  /** The pods of every namespace: all, or those with these labels. Neither nodes nor the world. */
  allNamespaces: (labels?: { [key: string]: string }): IngressPeer => pods(selector(labels), { all: true }),
  /** What is no pod of its own: the world, the node, the API server … */
  entity: (entity: Entity): IngressPeer => ({ kind: IngressPeerKind.Entity, entity }),
  /** Addresses outside the cluster, optionally without some blocks inside them. */
  cidr: (cidr: string, options: { except?: string[] } = {}): IngressPeer => ({
    kind: IngressPeerKind.Cidr,
    cidr: { cidr, ...(options.except && { except: options.except }) },
  }),
  /** The addresses of a CiliumCIDRGroup, by its name. */
  cidrGroup: (group: string, options: { except?: string[] } = {}): IngressPeer => ({
    kind: IngressPeerKind.Cidr,
    cidr: { group, ...(options.except && { except: options.except }) },
  }),
  /** Anyone: pods, nodes and the world. */
  everything: (): IngressPeer => ({ kind: IngressPeerKind.Everything }),
  /** No one. A rule whose only peer this is turns default deny on and allows nothing. */
  nothing: (): IngressPeer => ({ kind: IngressPeerKind.Nothing }),
  /**
   * The backends of a Service. The rule's ports are those of the backends. A Service with a selector means the pods that it
   * selects, one without means the addresses in its endpoints.
   *
   * @param options.namespace Default: the policy's own.
   */
  service: (name: string, options: { namespace?: string; anyNamespace?: boolean } = {}): EgressPeer => ({
    kind: EgressPeerKind.Service,
    service: { name, ...options },
  }),
  /** The backends of every Service with these labels (the Service's own, not its pods'). */
  services: (
    matchLabels: { [key: string]: string },
    options: { namespace?: string; anyNamespace?: boolean } = {},
  ): EgressPeer => ({ kind: EgressPeerKind.Service, service: { matchLabels, ...options } }),
  /**
   * The addresses that a DNS name outside the cluster resolves to. The policy then also sends the pods' DNS through Cilium's
   * proxy, which is how Cilium learns the addresses: it needs the chart value `l7Proxy: true`.
   */
  fqdn: (matchName: string): EgressPeer => ({ kind: EgressPeerKind.Fqdn, fqdn: { matchName } }),
  /** The same for a pattern: `*.example.com` is one label deep, `**.example.com` any depth. */
  fqdnPattern: (matchPattern: string): EgressPeer => ({ kind: EgressPeerKind.Fqdn, fqdn: { matchPattern } }),
};
