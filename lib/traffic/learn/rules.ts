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

/** A rule before it is rendered: a peer with its ports, and the traffic that it was learned from. */
export interface LearnedRule {
  peer: EgressPeer;
  ports: Port[];
  icmp: Icmp[];
  seen: Evidence[];
  /** The ICMP traffic that it was learned from. */
  icmpSeen: Evidence[];
  /** Why it is needed, where it was not seen. */
  need?: string;
}

/** An edge that the policy of a workload has to admit. */
export interface EdgeToAdmit {
  edge: TrafficEdge;
  /** The other end. */
  party: Party;
  endpoint: EndpointFacts;
  /** The port on the wire. */
  wire: number;
}

/** The labels by which a policy selects the pods of an endpoint; undefined if none do. */
export type SelectorOf = (endpoint: EndpointFacts) => Record<string, string> | undefined;

/**
 * The rules for one direction of a workload, one for each peer. An address with a DNS name becomes a rule for the name, many addresses become blocks.
 *
 * @param names Whether Cilium can learn the addresses of DNS names, for which it needs its L7 proxy.
 */
export function learnedRules(
  wanted: readonly EdgeToAdmit[],
  own: EndpointFacts,
  direction: "ingress" | "egress",
  selectorOf: SelectorOf,
  names: boolean,
): LearnedRule[] {
  const rules = new Map<string, RuleInMaking>();
  const add = (peer: EgressPeer, one: EdgeToAdmit) => {
    const key = JSON.stringify(peer);
    const rule = rules.get(key) ?? { peer, items: [] };
    rules.set(key, rule);
    rule.items.push(one);
  };
  const addresses = new Map<string, EdgeToAdmit[]>();
  for (const one of wanted) {
    const { party, endpoint } = one;
    const [name] = party.names ?? [];
    if (party.kind === "address" && name !== undefined && direction === "egress" && names) add(Peer.fqdn(name), one);
    else if (party.kind === "address") {
      const port = portKey(one);
      addresses.set(port, [...(addresses.get(port) ?? []), one]);
    } else {
      const peer = peerOf(endpoint, own, selectorOf);
      if (peer !== undefined) add(peer, one);
    }
  }
  for (const samePorts of addresses.values()) {
    const blocks = blocksOf(samePorts.flatMap(({ party }) => party.ip ?? []));
    for (const one of samePorts) {
      const block = blocks === "world" ? blocks : blocks.find((candidate) => isIn(one.party.ip ?? "", candidate));
      if (block !== undefined) add(block === "world" ? Peer.entity("world") : Peer.cidr(block), one);
    }
  }
  giveToWiderPeers([...rules.values()]);
  return [...rules.values()].filter(({ items }) => items.length > 0).map(learnedRule);
}

interface RuleInMaking {
  peer: EgressPeer;
  items: EdgeToAdmit[];
}

/**
 * Moves what a wider peer admits anyway, because something else needs it on the same port: a node that runs the API server is selected by
 * `remote-node`, too. A rule of its own would be one that nothing needs.
 */
function giveToWiderPeers(rules: readonly RuleInMaking[]): void {
  for (const rule of rules)
    for (const port of new Set(rule.items.map(portKey))) {
      const items = rule.items.filter((one) => portKey(one) === port);
      const wider = rules.find(
        (other) =>
          other !== rule &&
          other.items.some((one) => portKey(one) === port) &&
          items.every(({ endpoint }) => selectsAnyway(other, endpoint)),
      );
      if (wider === undefined) continue;
      wider.items.push(...items);
      rule.items = rule.items.filter((one) => !items.includes(one));
    }
}

/** Whether a peer selects an endpoint that it was not made for. */
function selectsAnyway(
  { peer, items }: RuleInMaking,
  { namespace, labels = {}, reserved = [] }: EndpointFacts,
): boolean {
  if (peer.kind === "entity") return reserved.includes(peer.entity as (typeof reserved)[number]);
  if (peer.kind !== "endpoints") return false;
  const matchLabels = Object.entries(peer.endpoints.matchLabels ?? {});
  return (
    items.every(({ endpoint }) => endpoint.namespace === namespace) &&
    matchLabels.length > 0 &&
    matchLabels.every(([key, value]) => labels[key] === value)
  );
}

const portKey = ({ edge, wire }: EdgeToAdmit) => `${edge.protocol} ${wire}`;

function learnedRule({ peer, items }: RuleInMaking): LearnedRule {
  const rule: LearnedRule = { peer, ports: [], icmp: [], seen: [], icmpSeen: [] };
  for (const one of items) {
    addPort(rule, one);
    (one.edge.protocol.startsWith("ICMP") ? rule.icmpSeen : rule.seen).push(evidenceOf(one.edge));
  }
  return rule;
}

function isIn(ip: string, block: string): boolean {
  const [outer, inner] = [parsePrefix(block), parseAddress(ip)];
  return outer !== undefined && inner !== undefined && prefixContains(outer, inner);
}

/** The peer that selects an endpoint; undefined if none can. */
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

/** Narrowest first: on a single-node cluster the host is also the API server. */
const entities = ["kube-apiserver", "ingress", "health", "host", "remote-node", "init", "unmanaged", "world"] as const;

function addPort(rule: LearnedRule, { edge: { protocol }, wire }: EdgeToAdmit): void {
  if (protocol.startsWith("ICMP")) {
    const made = protocol === "ICMPv6" ? Icmp.v6(wire) : Icmp.v4(wire);
    if (!rule.icmp.some(({ family, type }) => family === made.family && type === made.type)) rule.icmp.push(made);
    return;
  }
  const made = protocol === "UDP" ? Ports.udp(wire) : protocol === "SCTP" ? Ports.sctp(wire) : Ports.tcp(wire);
  if (!rule.ports.some(({ number, protocol: known }) => number === made.number && known === made.protocol))
    rule.ports.push(made);
}
