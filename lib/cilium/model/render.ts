import type { LabelExpression, LabelSelector } from "../../kubernetes/label-selector";
import { CiliumLabel, type EndpointSelector, Label, type NamespaceSelector } from "../api/endpoint-selector";
import type {
  CidrRule,
  EgressRule,
  IcmpRule,
  IngressRule,
  PortProtocol,
  PortRule,
  Rule,
  ServiceSelector,
} from "../api/policy";
import { Entity } from "./entity";
import type { CidrPeer, EgressPeer, ServicePeer } from "./peer";
import type { Icmp, Port } from "./port";
import { type EgressTraffic, type IngressTraffic, kubeDns, type PolicySpec } from "./spec";

/**
 * The rule of a specification that has been checked.
 *
 * Cilium refuses a rule item with two kinds of peers, or with both ports and ICMP, and items of a list are alternatives: so
 * one entry becomes as many items as it has kinds of peers, times two where it has ports and ICMP.
 *
 * @param namespace The policy's own, undefined in a clusterwide policy.
 */
export function renderRule(
  spec: PolicySpec,
  selectors: { endpointSelector?: EndpointSelector | undefined; nodeSelector?: EndpointSelector | undefined },
  namespace?: string,
): Rule {
  const ingress = (traffic: IngressTraffic): IngressRule[] =>
    product(l3(traffic.from, namespace), l4(traffic)).map(([peers, ports]) => ({
      ...prefixed("from", peers),
      ...ports,
    }));
  const egress = (traffic: EgressTraffic): EgressRule[] =>
    product(l3(traffic.to, namespace), l4(traffic)).map(([peers, ports]) => ({ ...prefixed("to", peers), ...ports }));

  const needsDns = spec.egress?.some(({ to }) => to.some(({ kind }) => kind === "fqdn")) ?? false;
  const dns = l3([spec.dns ?? kubeDns], namespace).map((peers) => ({
    ...prefixed("to", peers),
    toPorts: [observedDns],
  }));
  return {
    ...(spec.description !== undefined && { description: spec.description }),
    ...(selectors.endpointSelector && { endpointSelector: renderSelector(selectors.endpointSelector) }),
    ...(selectors.nodeSelector && { nodeSelector: renderSelector(selectors.nodeSelector) }),
    ...(spec.ingress && { ingress: spec.ingress.flatMap(ingress) }),
    ...(spec.ingressDeny && { ingressDeny: spec.ingressDeny.flatMap(ingress) }),
    ...(spec.egress && { egress: [...spec.egress.flatMap(egress), ...(needsDns ? dns : [])] }),
    ...(spec.egressDeny && { egressDeny: spec.egressDeny.flatMap(egress) }),
    ...(spec.enableDefaultDeny && { enableDefaultDeny: spec.enableDefaultDeny }),
  };
}

/** Cilium learns the addresses of DNS names from answers that pass its proxy; without this rule toFQDNs matches nothing. */
const observedDns: PortRule = {
  ports: [{ port: "53", protocol: "ANY" }],
  rules: { dns: [{ matchPattern: "*" }] },
};

/** One kind of peers, named without the direction: `Endpoints` is `fromEndpoints` or `toEndpoints`. */
interface L3 {
  Endpoints?: LabelSelector[];
  Entities?: string[];
  CIDR?: string[];
  CIDRSet?: CidrRule[];
  Services?: ServiceSelector[];
  FQDNs?: { matchName?: string; matchPattern?: string }[];
}

function l3(peers: EgressPeer[], namespace: string | undefined): L3[] {
  const own = namespace === undefined ? undefined : { name: namespace };
  const of = <T>(pick: (peer: EgressPeer) => T | undefined): T[] =>
    peers.flatMap((peer) => {
      const picked = pick(peer);
      return picked === undefined ? [] : [picked];
    });
  const endpoints = of((peer) => {
    if (peer.kind !== "endpoints") return undefined;
    // Cilium takes `{}` for the policy's own namespace, and readers for everyone: so the namespace is written out.
    return renderSelector(peer.endpoints, peer.namespace ?? (peer.endpoints.all ? own : undefined));
  });
  const entities = of((peer) => {
    if (peer.kind === "everything") return Entity.All;
    // Not `{}` and not `fromEndpoints: []`: the one reads as "everything" to whoever knows Kubernetes' NetworkPolicy, the
    // other as an oversight.
    if (peer.kind === "nothing") return Entity.None;
    return peer.kind === "entity" ? peer.entity : undefined;
  });
  const cidrs = of((peer) => (peer.kind === "cidr" ? peer.cidr : undefined));
  const services = of((peer) => (peer.kind === "service" ? renderService(peer.service, namespace) : undefined));
  const fqdns = of((peer) => (peer.kind === "fqdn" ? peer.fqdn : undefined));
  return [
    ...(endpoints.length > 0 ? [{ Endpoints: endpoints }] : []),
    ...(entities.length > 0 ? [{ Entities: entities }] : []),
    ...(cidrs.length > 0 ? [renderCidrs(cidrs)] : []),
    ...(services.length > 0 ? [{ Services: services }] : []),
    ...(fqdns.length > 0 ? [{ FQDNs: fqdns }] : []),
  ];
}

function prefixed(direction: "from" | "to", peers: L3): object {
  return Object.fromEntries(Object.entries(peers).map(([field, value]) => [`${direction}${field}`, value]));
}

function l4({ ports, icmp }: { ports?: Port[]; icmp?: Icmp[] }): { toPorts?: PortRule[]; icmps?: IcmpRule[] }[] {
  if (!ports && !icmp) return [{}];
  return [
    ...(ports ? [{ toPorts: [{ ports: ports.map(renderPort) }] }] : []),
    ...(icmp ? [{ icmps: [{ fields: icmp.map(({ family, type }) => ({ family, type })) }] }] : []),
  ];
}

function renderPort({ number, endPort, name, protocol }: Port): PortProtocol {
  return {
    port: name ?? String(number ?? 0),
    ...(endPort !== undefined && endPort !== number && { endPort }),
    protocol,
  };
}

function renderSelector(
  { matchLabels, matchExpressions }: EndpointSelector,
  namespace?: NamespaceSelector,
): LabelSelector {
  const labels: Record<string, string> = {};
  const expressions: LabelExpression[] = [];
  if (namespace?.name !== undefined) labels[CiliumLabel.Namespace] = namespace.name;
  for (const [key, value] of Object.entries(namespace?.matchLabels ?? {}))
    labels[`${CiliumLabel.NamespaceLabels}${key}`] = value;
  if (namespace?.all) expressions.push(Label.exists(CiliumLabel.Namespace));
  Object.assign(labels, matchLabels);
  expressions.push(...(matchExpressions ?? []));
  return {
    ...(Object.keys(labels).length > 0 && { matchLabels: labels }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  };
}

/** Cilium refuses an item with both fromCIDR and fromCIDRSet, so one that needs the longer form brings all into it. */
function renderCidrs(cidrs: CidrPeer["cidr"][]): L3 {
  const plain = cidrs.flatMap((block) => ("cidr" in block && block.except === undefined ? [block.cidr] : []));
  if (plain.length === cidrs.length) return { CIDR: plain };
  return {
    CIDRSet: cidrs.map((block) => ({
      ...("cidr" in block ? { cidr: block.cidr } : { cidrGroupRef: block.group }),
      ...(block.except && { except: block.except }),
    })),
  };
}

function renderService(service: ServicePeer["service"], own: string | undefined): ServiceSelector {
  // To Cilium an absent namespace is any namespace, so the own one has to be written out.
  const namespace = service.anyNamespace ? undefined : (service.namespace ?? own);
  const where = namespace !== undefined && { namespace };
  if ("matchLabels" in service)
    return { k8sServiceSelector: { selector: { matchLabels: service.matchLabels }, ...where } };
  return { k8sService: { serviceName: service.name, ...where } };
}

function product<A, B>(left: A[], right: B[]): [A, B][] {
  return left.flatMap((a) => right.map((b): [A, B] => [a, b]));
}
