import type { EndpointSelector } from "../api/endpoint-selector";
import { PEER_LISTS, type PeerLists, peerFields } from "../api/peer-lists";
import type { EgressRule, IcmpRule, IngressRule, PortProtocol, PortRule, Rule } from "../api/policy";
import { type EgressPeer, PEER_KINDS } from "./peer";
import type { PeerKind } from "./peers/kind";
import type { Icmp, Port } from "./port";
import { renderSelector } from "./render-selector";
import { type EgressTraffic, type IngressTraffic, kubeDns, type PolicySpec } from "./spec";

/**
 * Renders a checked specification as a rule.
 *
 * Cilium refuses an item with two kinds of peers, or with both ports and ICMP. Items of a list are alternatives, so that an entry becomes one item for
 * each kind of peer, and twice as many if it has both ports and ICMP.
 *
 * @param namespace The policy's own; undefined in a clusterwide policy.
 */
export function renderRule(
  spec: PolicySpec,
  selectors: { endpointSelector?: EndpointSelector | undefined; nodeSelector?: EndpointSelector | undefined },
  namespace?: string,
): Rule {
  const ingress = (traffic: IngressTraffic): IngressRule[] =>
    product(l3(traffic.from, namespace), l4(traffic)).map(([peers, ports]) => ({
      ...peerFields(peers, "ingress"),
      ...ports,
    }));
  const egress = (traffic: EgressTraffic): EgressRule[] =>
    product(l3(traffic.to, namespace), l4(traffic)).map(([peers, ports]) => ({
      ...peerFields(peers, "egress"),
      ...ports,
    }));

  const needsDns = spec.egress?.some(({ to }) => to.some(({ kind }) => kind === "fqdn")) ?? false;
  const dns = l3([spec.dns ?? kubeDns], namespace).map((peers) => ({
    ...peerFields(peers, "egress"),
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

/** Cilium learns the addresses of DNS names from responses that pass through its proxy. Without this rule, toFQDNs matches nothing. */
const observedDns: PortRule = {
  ports: [{ port: "53", protocol: "ANY" }],
  rules: { dns: [{ matchPattern: "*" }] },
};

/** The peers by kind, because an item of a rule can only have one kind. */
function l3(peers: readonly EgressPeer[], namespace: string | undefined): PeerLists[] {
  const all = peers.map((peer) => listsOf(peer, namespace));
  return PEER_LISTS.flatMap((list) => {
    const members = all.flatMap((lists): unknown[] => lists[list] ?? []);
    return members.length === 0 ? [] : [shortened({ [list]: members })];
  });
}

function listsOf<P extends EgressPeer>(peer: P, namespace: string | undefined): PeerLists {
  return (PEER_KINDS[peer.kind] as PeerKind<P>).lists(peer, namespace);
}

/** Cilium refuses an item with both fromCIDR and fromCIDRSet, so that the short form is used only if no block has more than a CIDR. */
function shortened({ cidrSets = [], ...lists }: PeerLists): PeerLists {
  if (cidrSets.length === 0) return lists;
  const plain = cidrSets.flatMap(({ cidr, except }) => (cidr !== undefined && except === undefined ? [cidr] : []));
  return plain.length === cidrSets.length ? { cidrs: plain } : { cidrSets };
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

function product<A, B>(left: A[], right: B[]): [A, B][] {
  return left.flatMap((a) => right.map((b): [A, B] => [a, b]));
}
