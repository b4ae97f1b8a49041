import { icmpType } from "../../cilium/api/icmp";
import { NAMESPACE_KEY } from "../../cilium/api/labels";
import type { EgressRule, IngressRule, PortRule, Rule } from "../../cilium/api/policy";
import type { Direction } from "../../cilium/policy/entries";
import { parseAddress, parsePrefix, prefixContains } from "../../kubernetes/cidr";
import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import type { Packet, Parties, Party, Talk } from "./parties";
import { distinguishingTraits, namingTrait, podsOf, selectorWith, type Trait } from "./traits";

/** An item of `ingress`, `egress`, `ingressDeny` or `egressDeny`. */
export type Item = IngressRule & EgressRule;

/** The prefix of the fields that name peers. */
export const sideOf = (direction: Direction) => (direction === "ingress" ? "from" : "to");

/** The ways to select a peer in a rule, as far as possible nothing else; the most exact first. */
export function peersNaming(
  parties: Parties,
  peer: Party,
  direction: Direction,
  namespace: string | undefined,
): Partial<Item>[] {
  const side = sideOf(direction);
  const { facts, identity } = peer;
  if (identity.kind === "pod")
    return [{ [`${side}Endpoints`]: [selectorWith(traitsOfPeer(parties, peer, namespace))] }];
  if (identity.kind === "reserved") {
    // The API server's identity also has its node's label; prefer the narrower name.
    const names = [...(facts.reserved ?? [])].sort((a, b) => Number(a === "remote-node") - Number(b === "remote-node"));
    return names.map((name) => ({ [`${side}Entities`]: [name] }));
  }
  const cidr = { [`${side}CIDR`]: [blockOf(peer)] };
  if (direction === "ingress" || facts.fqdn === undefined) return [cidr];
  const names = { toFQDNs: [facts.id.includes("*") ? { matchPattern: facts.id } : { matchName: facts.fqdn }] };
  return standsForName(peer) ? [names] : [cidr, names];
}

/** Whether the endpoint stands for whatever a DNS name resolves to. Its address is then only an example, which no rule may name. */
export const standsForName = ({ facts }: Party): boolean =>
  facts.fqdn !== undefined && (facts.id === facts.fqdn || facts.id.includes("*"));

/**
 * The block that an address endpoint stands for: that of the address itself, or a larger one if the endpoint represents a block that some policy names, or
 * the world.
 */
export function blockOf({ facts }: Party): string {
  const address = parseAddress(facts.ip ?? "");
  if (facts.id === "world") return address?.family === 6 ? "::/0" : "0.0.0.0/0";
  const block = parsePrefix(facts.id);
  if (block !== undefined && address !== undefined && prefixContains(block, address)) return facts.id;
  return `${facts.ip ?? ""}/${address?.family === 6 ? 128 : 32}`;
}

function traitsOfPeer(parties: Parties, peer: Party, namespace: string | undefined): Trait[] {
  const own = peer.facts.namespace === namespace;
  const naming = namingTrait(peer);
  const first: Trait[] = own ? [] : [{ key: NAMESPACE_KEY, value: peer.facts.namespace ?? "" }];
  if (naming !== undefined) first.push(naming);
  const traits = distinguishingTraits(peer, podsOf(parties, peer.facts.namespace), first);
  return traits.filter(({ key }) => key !== NAMESPACE_KEY || !own);
}

/** A selector of a pod and, as far as possible, of no other pod in its namespace. */
export function subjectNaming(parties: Parties, subject: Party): Rule["endpointSelector"] {
  const naming = namingTrait(subject);
  const traits = distinguishingTraits(
    subject,
    podsOf(parties, subject.facts.namespace),
    naming === undefined ? [] : [naming],
  );
  return selectorWith(traits.filter(({ key }) => key !== NAMESPACE_KEY));
}

type Ports = Pick<Item, "toPorts" | "icmps">;

/** The ports of rules that match exactly these packets. A rule without ports, if a packet's protocol has none. */
export function portsNaming({ packets, isEverything }: Talk): Ports[] {
  const isIcmp = ({ protocol }: Packet) => protocolName(protocol).startsWith("ICMP");
  const others = packets.filter((packet) => !isIcmp(packet));
  const isUnnamed = ({ protocol, port }: Packet) => !transports.includes(protocolName(protocol)) || port === 0;
  if (isEverything || others.some(isUnnamed)) return [{}];
  const fields = packets.filter(isIcmp).map(({ protocol, port: type }) => ({
    ...(protocolName(protocol) === "ICMPV6" && { family: "IPv6" as const }),
    type,
  }));
  return [
    ...inParts(others.map(portItem)).map((ports): Ports => ({ toPorts: [{ ports }] })),
    ...inParts(fields).map((part): Ports => ({ icmps: [{ fields: part }] })),
  ];
}

/** The port as in a rule: `{ port: "5432", protocol: "TCP" }`. */
export const portItem = ({ protocol, port, endPort }: Packet): PortItem => ({
  port: port === 1 && endPort === 65_535 ? "0" : String(port),
  ...(endPort !== undefined && !(port === 1 && endPort === 65_535) && { endPort }),
  protocol: protocolName(protocol),
});

/** Lists of at most as many items as Cilium's CRD accepts. */
function inParts<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / mostPorts);
  return Array.from({ length: count }, (_, part) => items.slice(part * mostPorts, (part + 1) * mostPorts));
}

export const transports: readonly string[] = ["TCP", "UDP", "SCTP"];

export function protocolName(protocol: number): string {
  return ([...PROTOCOL_NUMBERS].find(([, number]) => number === protocol)?.[0] ?? String(protocol)).toUpperCase();
}

/** The ports of a rule without some of them. Empty if nothing is left; undefined if a rule cannot express the rest. */
export function portsWithout(
  item: Ports,
  { packets, isEverything }: Talk,
  number: (name: string, protocol: string) => number | undefined,
): Ports[] | undefined {
  if (isEverything) return [];
  // ICMP first: a rule for everything, without an ICMP type, becomes a rule with ports, from which the other packets can be taken.
  const icmpFirst = [...packets].sort((a, b) => rankOf(a) - rankOf(b));
  let left: Ports[] = [item];
  for (const packet of icmpFirst) {
    const parts = left.map((one) => portsWithoutOne(one, packet, number));
    if (parts.some((part) => part === undefined)) return undefined;
    left = parts.flatMap((part) => part ?? []);
  }
  return left;
}

const rankOf = ({ protocol }: Packet) => (protocolName(protocol).startsWith("ICMP") ? 0 : 1);

function portsWithoutOne(
  { toPorts, icmps }: Ports,
  packet: Packet,
  number: (name: string, protocol: string) => number | undefined,
): Ports[] | undefined {
  const proto = protocolName(packet.protocol);
  if (proto.startsWith("ICMP")) {
    if ((toPorts ?? []).length > 0) return undefined;
    if ((icmps ?? []).length === 0)
      return [{ toPorts: [{ ports: transports.map((protocol) => ({ port: "0", protocol })) }] }];
    const left = (icmps ?? []).map(({ fields = [] }) => ({
      fields: fields.filter(
        ({ family = "IPv4", type }) =>
          // Type 0 stands for every type.
          !(
            (packet.port === 0 || [0, packet.port].includes(icmpType(family, type ?? "") ?? -1)) &&
            (family === "IPv6") === (proto === "ICMPV6")
          ),
      ),
    }));
    const remaining = left.filter(({ fields }) => fields.length > 0);
    return remaining.length > 0 ? [{ icmps: remaining }] : [];
  }
  if (!transports.includes(proto) || packet.port === 0) return undefined;
  const given: PortRule[] = (toPorts ?? []).length > 0 ? (toPorts ?? []) : [{ ports: [{ port: "0" }] }];
  const rules = given
    .map((rule) => ({
      ...rule,
      ports: (rule.ports ?? []).flatMap((port) => withoutPort(port, packet, number)),
    }))
    .filter(({ ports }) => ports.length > 0);
  if (rules.some(({ ports }) => ports.length > mostPorts)) return undefined;
  return rules.length > 0 ? [{ toPorts: rules }] : [];
}

/** The limit of Cilium's CRD for one rule. */
const mostPorts = 40;

type PortItem = NonNullable<PortRule["ports"]>[number];

function withoutPort(
  item: PortItem,
  { protocol: asked, port: low, endPort: high = low }: Packet,
  number: (name: string, protocol: string) => number | undefined,
): PortItem[] {
  const { port: text = "0", endPort, protocol = "ANY" } = item;
  const proto = protocolName(asked);
  if (protocol.toUpperCase() !== "ANY" && protocol.toUpperCase() !== proto) return [item];
  const isName = /[a-zA-Z]/.test(text);
  const first = isName ? number(text, proto) : Number(text);
  if (first === undefined || Number.isNaN(first)) return [item];
  const [from, to] = first === 0 ? [1, 65_535] : [first, Math.max(first, endPort ?? 0)];
  if (high < from || low > to) return [item];
  const others = protocol.toUpperCase() === "ANY" ? transports.filter((other) => other !== proto) : [];
  const piece = (start: number, end: number): PortItem[] =>
    start > end ? [] : [{ port: String(start), ...(end > start && { endPort: end }), protocol: proto }];
  return [...others.map((other) => ({ ...item, protocol: other })), ...piece(from, low - 1), ...piece(high + 1, to)];
}
