import type { Entity } from "../../cilium/model/entity";
import { type EgressPeer, type IngressPeer, Peer } from "../../cilium/model/peer";
import { Icmp, type Port, Port as Ports } from "../../cilium/model/port";
import { endpointKind } from "../../cilium/policy/identity";
import { parseAddress, parsePrefix, prefixContains } from "../../kubernetes/cidr";
import type { EndpointFacts } from "../../scenario/scenario";
import type { Party } from "../party";
import type { TrafficEdge } from "../traffic";
import { blocksOf } from "./blocks";
import { type Evidence, evidenceOf } from "./evidence";

/** A rule in the making: whom it admits and on what, out of which traffic. */
export interface Rule {
  peer: EgressPeer;
  ports: Port[];
  icmp: Icmp[];
  seen: Evidence[];
  /** Out of which ICMP. */
  pinged: Evidence[];
  /** What needs it, where it was not seen. */
  need?: string;
}

/** One edge as seen from the workload whose policy is made. */
export interface Wanted {
  edge: TrafficEdge;
  /** Who is at the other end. */
  party: Party;
  endpoint: EndpointFacts;
  /** The port of the packets. */
  wire: number;
}

/** How pods are selected. */
export type SelectorOf = (endpoint: EndpointFacts) => Record<string, string> | undefined;

/**
 * The rules of one direction of one workload: one for each peer. Addresses that DNS names led to are the name's, many are blocks.
 *
 * @param names Whether Cilium can learn the addresses of DNS names: it has its proxy.
 */
export function rulesOf(
  wanted: readonly Wanted[],
  own: EndpointFacts,
  direction: "ingress" | "egress",
  selectorOf: SelectorOf,
  names: boolean,
): Rule[] {
  const rules = new Map<string, Rule>();
  const add = (peer: EgressPeer, one: Wanted) => {
    const key = JSON.stringify(peer);
    const rule = rules.get(key) ?? { peer, ports: [], icmp: [], seen: [], pinged: [] };
    rules.set(key, rule);
    addPort(rule, one);
    (one.edge.protocol.startsWith("ICMP") ? rule.pinged : rule.seen).push(evidenceOf(one.edge));
  };
  const addresses = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const { party, endpoint } = one;
    const [name] = party.names ?? [];
    if (party.kind === "address" && name !== undefined && direction === "egress" && names) add(Peer.fqdn(name), one);
    else if (party.kind === "address") {
      const port = `${one.edge.protocol} ${one.wire}`;
      addresses.set(port, [...(addresses.get(port) ?? []), one]);
    } else {
      const peer = peerOf(endpoint, own, selectorOf);
      if (peer !== undefined) add(peer, one);
    }
  }
  for (const alike of addresses.values()) {
    const blocks = blocksOf(alike.flatMap(({ party }) => party.ip ?? []));
    for (const one of alike) {
      const block = blocks === "world" ? blocks : blocks.find((candidate) => isIn(one.party.ip ?? "", candidate));
      if (block !== undefined) add(block === "world" ? Peer.entity("world") : Peer.cidr(block), one);
    }
  }
  return [...rules.values()];
}

function isIn(ip: string, block: string): boolean {
  const [outer, inner] = [parsePrefix(block), parseAddress(ip)];
  return outer !== undefined && inner !== undefined && prefixContains(outer, inner);
}

/** Nothing for a node that asks its own pods: Cilium lets it, whatever policies say. */
export function peerOf(
  endpoint: EndpointFacts,
  own: Pick<EndpointFacts, "namespace">,
  selectorOf: SelectorOf,
): IngressPeer | undefined {
  const { reserved = [], namespace } = endpoint;
  if (endpointKind(endpoint) === "pod") {
    const matchLabels = selectorOf(endpoint);
    if (matchLabels === undefined || namespace === undefined) return undefined;
    return Peer.select({ matchLabels }, namespace === own.namespace ? undefined : { name: namespace });
  }
  const entity: Entity | undefined = entities.find((one) => reserved.includes(one));
  return entity && Peer.entity(entity);
}

/** The narrowest first: where there is one node, it is the API server's, too. */
const entities = ["kube-apiserver", "ingress", "health", "host", "remote-node", "init", "unmanaged", "world"] as const;

function addPort(rule: Rule, { edge: { protocol }, wire }: Wanted): void {
  if (protocol.startsWith("ICMP")) {
    const made = protocol === "ICMPv6" ? Icmp.v6(wire) : Icmp.v4(wire);
    if (!rule.icmp.some(({ family, type }) => family === made.family && type === made.type)) rule.icmp.push(made);
    return;
  }
  const made = protocol === "UDP" ? Ports.udp(wire) : protocol === "SCTP" ? Ports.sctp(wire) : Ports.tcp(wire);
  if (!rule.ports.some(({ number, protocol: known }) => number === made.number && known === made.protocol))
    rule.ports.push(made);
}
