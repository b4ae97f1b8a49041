import {
  CIDR_GROUP_SOURCE,
  CIDR_SOURCE,
  CLUSTER_KEY,
  FQDN_SOURCE,
  NAMESPACE_KEY,
  NAMESPACE_LABELS_PREFIX,
  RESERVED_SOURCE,
  SERVICE_ACCOUNT_KEY,
} from "../../cilium/api/labels";
import { holds, type Requirement } from "../../cilium/api/selector";
import type { Direction, Entry } from "../../cilium/policy/entries";
import type { L4 } from "../../cilium/policy/l4";
import type { Peer } from "../../cilium/policy/peer";
import { EVERY_PROTOCOL, PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import { admitsPort, type Packet, type Parties, type Party } from "./parties";

/** A condition that keeps a rule from matching a flow. */
export interface Miss {
  /** The part of the rule that does not match. */
  part: "subject" | "peer" | "port";
  /** The member that does not match, with which `words` begins: `the label app`, `the port`. Absent: the end as a whole. */
  member?: string;
  /** The miss as text: `the label app: it selects web, but shop/api has api`. */
  words: string;
  /** Whether the rule names another kind of peer altogether, so that the miss is no mere slip in a label or a port. Default false. */
  far?: true;
}

/** How far a rule is from matching a flow: 1 for each miss, 3 for each miss that is `far`. */
export const distanceOf = (misses: readonly Miss[]): number =>
  misses.reduce((sum, { far }) => sum + (far === true ? 3 : 1), 0);

/** The comparison of a rule with a flow. */
export interface Judged {
  /** Empty: the rule matches. */
  misses: readonly Miss[];
  /** The missing fact that would tell whether it matches. */
  unknown?: string;
}

/** Compares a rule with a flow. `subject` is the end that the rule would select, `peer` the other one. */
export function judge(parties: Parties, entry: Entry, ends: { subject: Party; peer: Party }, packet: Packet): Judged {
  const port = portMiss(entry, ends, packet);
  const of = subjectMisses(entry, ends.subject);
  const { misses, unknown } = peerMisses(parties, entry, ends.peer);
  return { misses: [...of, ...misses, ...port], ...(unknown !== undefined && { unknown }) };
}

function subjectMisses({ subject }: Entry, party: Party): Miss[] {
  return subject.requirements
    .filter((requirement) => !holds(requirement, (party.subject ?? party.identity).labels))
    .map((requirement) => ({ part: "subject", ...requirementMiss(requirement, party) }));
}

/** The misses of the peer that comes nearest. */
function peerMisses(parties: Parties, { peers }: Entry, party: Party): Judged {
  if (peers.length === 0) return { misses: [{ part: "peer", words: "it admits nobody", far: true }] };
  let best: readonly Miss[] | undefined;
  let unknown: string | undefined;
  for (const peer of peers) {
    const selected = parties.selectsPeer(peer, party);
    if (selected === true) return { misses: [] };
    if (typeof selected === "object") unknown ??= selected.missing;
    const misses = missesOf(peer, party);
    if (best === undefined || distanceOf(misses) < distanceOf(best)) best = misses;
  }
  // An entity is several selectors, none of which is nearer than the others: name them all.
  if (peers.length > 1 && peers.every(isReserved))
    best = [{ part: "peer", words: `it names ${entityWords(peers)}, which ${party.facts.id} is not`, far: true }];
  return { misses: best ?? [], ...(unknown !== undefined && { unknown }) };
}

function missesOf(peer: Peer, party: Party): Miss[] {
  if (peer.kind === "group" || peer.kind === "unseen")
    return [{ part: "peer", words: `it names ${peer.missing}, which are not known`, far: true }];
  if (peer.kind === "cidr") {
    const far = party.identity.kind !== "address";
    return [{ part: "peer", words: blockWords(peer.requirements, party), ...(far && { far }) }];
  }
  const selectsPods = peer.selector.requirements.some(({ key }) => key === NAMESPACE_KEY || key === CLUSTER_KEY);
  if (selectsPods && party.identity.kind !== "pod")
    return [{ part: "peer", words: `it selects pods, but ${party.facts.id} is not a pod`, far: true }];
  return peer.selector.requirements
    .filter((requirement) => !holds(requirement, party.identity.labels))
    .map((requirement) => {
      const far = requirement.source === RESERVED_SOURCE || party.identity.kind === "reserved";
      return { part: "peer", ...requirementMiss(requirement, party), ...(far && { far }) };
    });
}

const isReserved = (peer: Peer) => peer.kind === "labels" && peer.selector.requirements[0]?.source === RESERVED_SOURCE;

const entityWords = (peers: readonly Peer[]) =>
  [...new Set(peers.flatMap((peer) => (peer.kind === "labels" ? peer.selector.requirements : [])))]
    .map(({ key }) => key)
    .filter((key) => !key.startsWith("aggregate-"))
    .join(", ");

function requirementMiss(
  { source, key, operator, values }: Requirement,
  { facts, identity }: Party,
): Pick<Miss, "member" | "words"> {
  const { id } = facts;
  if (source === RESERVED_SOURCE) return { words: `it names ${key}, which ${id} is not` };
  if (source === FQDN_SOURCE)
    return facts.isUnlearnedName === true
      ? { words: `it names ${key}, but Cilium does not learn the addresses of ${id}` }
      : { words: `it names ${key}, which ${id} was not resolved from` };
  if (source === CIDR_SOURCE || source === CIDR_GROUP_SOURCE)
    return { words: `it names ${key}, which does not contain ${id}` };
  const value = identity.labels.lookup(source, key);
  if (identity.kind !== "pod") return { words: `it selects pods, but ${id} is not a pod` };
  const has = value === undefined ? "has none" : value === "" ? "has an empty one" : `has ${value}`;
  const wanted = values.map((one) => (one === "" ? "an empty one" : one)).join(" or ");
  const asked = {
    In: `selects ${wanted}`,
    NotIn: `excludes ${wanted}`,
    Exists: "requires one",
    DoesNotExist: "requires none",
  }[operator];
  const is = operator === "In" && key === NAMESPACE_KEY ? `is in ${value ?? "none"}` : has;
  return memberMiss(labelWords(key), `it ${asked}, but ${id} ${is}`);
}

const memberMiss = (member: string, why: string) => ({ member, words: `${member}: ${why}` });

function labelWords(key: string): string {
  if (key === NAMESPACE_KEY) return "the namespace";
  if (key === CLUSTER_KEY) return "the cluster";
  if (key === SERVICE_ACCOUNT_KEY) return "the service account";
  if (key.startsWith(NAMESPACE_LABELS_PREFIX))
    return `the namespace's label ${key.slice(NAMESPACE_LABELS_PREFIX.length)}`;
  return `the label ${key}`;
}

function blockWords(requirements: readonly Requirement[], party: Party): string {
  const { id, ip } = party.facts;
  if (party.identity.kind === "pod") return `it names addresses, which do not match pods, and ${id} is a pod`;
  const [within, ...holes] = requirements;
  const name = ip === undefined || ip === id ? id : `${id} (${ip})`;
  if (within !== undefined && !holds(within, party.identity.labels))
    return `it names ${within.key}, which does not contain ${name}`;
  const hole = holes.find((requirement) => !holds(requirement, party.identity.labels));
  return hole === undefined ? `it does not contain ${name}` : `it excludes ${hole.key}, which contains ${name}`;
}

function portMiss(
  { l4, direction }: Entry,
  { subject, peer }: { subject: Party; peer: Party },
  packet: Packet,
): Miss[] {
  const { namedPorts } = (direction === "ingress" ? subject : peer).identity;
  if (l4.some((one) => admitsPort(one, packet, namedPorts))) return [];
  const named = l4.length === 0 ? "no port" : portsOf(l4);
  const why = `it names ${named}, but the packet goes to ${packetWords(packet)}`;
  return [{ part: "port", ...memberMiss("the port", why) }];
}

const protocolNames = new Map([...PROTOCOL_NUMBERS].map(([name, number]) => [number, protocolName(name)]));

function protocolName(name: string): string {
  return name === "icmpv6" ? "ICMPv6" : name.toUpperCase();
}

export function packetWords({ protocol, port }: Packet): string {
  const name = protocolNames.get(protocol) ?? String(protocol);
  return name.startsWith("ICMP") ? `${name} type ${port}` : `${name} ${port}`;
}

/** `TCP 80, TCP http, any port of UDP` */
function portsOf(l4: readonly L4[]): string {
  const words = l4.map(({ protocol, port, endPort, name }) => {
    if (protocol === EVERY_PROTOCOL) return "every port";
    const proto = protocolNames.get(protocol) ?? String(protocol);
    if (name === undefined && port === 0) return `any port of ${proto}`;
    return `${proto} ${name ?? (endPort > port ? `${port}-${endPort}` : port)}`;
  });
  const distinct = [...new Set(words)];
  return distinct.length > 4
    ? `${distinct.slice(0, 3).join(", ")} and ${distinct.length - 3} more`
    : distinct.join(", ");
}

/** The end whose policies decide in a direction, and the other one. */
export function endsOf<T>(direction: Direction, from: T, to: T): { subject: T; peer: T } {
  return direction === "egress" ? { subject: from, peer: to } : { subject: to, peer: from };
}
