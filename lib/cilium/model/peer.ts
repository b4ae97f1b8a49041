import type { EndpointSelector, NamespaceSelector } from "../api/endpoint-selector";
import type { Entity } from "./entity";
import { type EverythingPeer, everythingKind, type NothingPeer, nothingKind } from "./peers/anyone";
import { type CidrPeer, cidrKind } from "./peers/cidr";
import { type EndpointsPeer, endpointsKind } from "./peers/endpoints";
import { type EntityPeer, entityKind } from "./peers/entity";
import { type FqdnPeer, fqdnKind } from "./peers/fqdn";
import type { PeerKind } from "./peers/kind";
import { type ServicePeer, serviceKind } from "./peers/service";

export type { EverythingPeer, NothingPeer } from "./peers/anyone";
export type { CidrBlock, CidrGroup, CidrPeer } from "./peers/cidr";
export type { EndpointsPeer } from "./peers/endpoints";
export type { EntityPeer } from "./peers/entity";
export type { FqdnPeer } from "./peers/fqdn";
export type { LabelledServices, NamedService, ServicePeer } from "./peers/service";

/** The peer of a rule, in either direction. Create it with {@link Peer}. */
export type IngressPeer = EndpointsPeer | EntityPeer | CidrPeer | EverythingPeer | NothingPeer;

/**
 * The peer of a rule that denies egress. Not a Service: Cilium looks up none in a deny rule, which then denies nobody or, with ports, everybody
 * (`processRule` in `pkg/policy/k8s/service.go`). Create it with {@link Peer}.
 */
export type EgressDenyPeer = IngressPeer;

/** The peer of a rule that allows egress: an {@link IngressPeer}, a Service or a DNS name. Create it with {@link Peer}. */
export type EgressPeer = IngressPeer | ServicePeer | FqdnPeer;

/** How each kind of peer is checked and rendered. */
export const PEER_KINDS: {
  readonly [Kind in EgressPeer["kind"]]: PeerKind<Extract<EgressPeer, { kind: Kind }>>;
} = {
  endpoints: endpointsKind,
  entity: entityKind,
  cidr: cidrKind,
  everything: everythingKind,
  nothing: nothingKind,
  service: serviceKind,
  fqdn: fqdnKind,
};

/** Whether a peer is allowed in any rule, not only in rules that allow egress. */
export const isIngressPeer = (peer: EgressPeer): peer is IngressPeer =>
  PEER_KINDS[peer.kind].onlyInEgress === undefined;

const pods = (endpoints: EndpointSelector, namespace?: NamespaceSelector): IngressPeer => ({
  kind: "endpoints",
  endpoints,
  ...(namespace && { namespace }),
});
/** Without labels, every pod. */
const selector = (labels?: { [key: string]: string }): EndpointSelector =>
  labels === undefined ? { all: true } : { matchLabels: labels };

/**
 * Constructors of peers. They check nothing; `networkPolicy` does, and reports all problems at once. Their types only check where they are allowed: a
 * DNS name or a Service as the source of ingress does not compile.
 *
 * @example
 * const ingress: IngressTraffic[] = [
 *   { from: [Peer.endpoints({ app: "client" }), Peer.namespace("ingress-nginx")], ports: [Port.tcp(9898)] },
 * ];
 * const egress: EgressTraffic[] = [{ to: [Peer.fqdn("api.example.com"), Peer.cidr("10.0.0.0/8", { except: ["10.9.0.0/16"] })] }];
 */
export const Peer = {
  /** The pods with these labels in the policy's own namespace or, in a clusterwide policy, in any. */
  endpoints: (labels: { [key: string]: string }): IngressPeer => pods(selector(labels)),
  /** Like `endpoints`, but with a whole selector, for expressions and service accounts; optionally in other namespaces. */
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
  /** What is not a pod: the world, the node, the API server … */
  entity: (entity: Entity): IngressPeer => ({ kind: "entity", entity }),
  /** Addresses outside the cluster, optionally without some blocks inside them. */
  cidr: (cidr: string, options: { except?: string[] } = {}): IngressPeer => ({
    kind: "cidr",
    cidr: { cidr, ...(options.except && { except: options.except }) },
  }),
  /** The addresses of a CiliumCIDRGroup, by its name. */
  cidrGroup: (group: string, options: { except?: string[] } = {}): IngressPeer => ({
    kind: "cidr",
    cidr: { group, ...(options.except && { except: options.except }) },
  }),
  /** Anyone: pods, nodes and the world. */
  everything: (): IngressPeer => ({ kind: "everything" }),
  /** No one. A rule with only this peer turns default deny on and allows nothing. */
  nothing: (): IngressPeer => ({ kind: "nothing" }),
  /**
   * The backends of a Service: the pods that it selects or, if it has no selector, the addresses in its endpoints. The rule's ports are those of the
   * backends.
   *
   * @param options.namespace Default: the policy's own.
   */
  service: (name: string, options: { namespace?: string; anyNamespace?: boolean } = {}): EgressPeer => ({
    kind: "service",
    service: { name, ...options },
  }),
  /** The backends of every Service with these labels (the Service's own, not its pods'). */
  services: (
    matchLabels: { [key: string]: string },
    options: { namespace?: string; anyNamespace?: boolean } = {},
  ): EgressPeer => ({ kind: "service", service: { matchLabels, ...options } }),
  /**
   * The addresses that a DNS name outside the cluster resolves to. The policy then also sends the pods' DNS through Cilium's proxy, which is how Cilium
   * learns the addresses. This needs the chart value `l7Proxy: true`.
   */
  fqdn: (matchName: string): EgressPeer => ({ kind: "fqdn", fqdn: { matchName } }),
  /** Like `fqdn`, but for a pattern: `*.example.com` is one label deep, `**.example.com` any depth. */
  fqdnPattern: (matchPattern: string): EgressPeer => ({ kind: "fqdn", fqdn: { matchPattern } }),
};
