import { ENTITIES_IN_CLUSTER, entitySelectors } from "../../cilium/api/entities";
import { fqdnSelector } from "../../cilium/api/fqdn";
import { CLUSTER_KEY, NAMESPACE_KEY } from "../../cilium/api/labels";
import {
  isPeerField,
  PEER_LISTS,
  type PeerList,
  type PeerLists,
  peerField,
  peerLists,
} from "../../cilium/api/peer-lists";
import { type PeerScope, peerSelector, selects } from "../../cilium/api/selector";
import type { Direction } from "../../cilium/policy/entries";
import { clusterName } from "../../cilium/policy/identity";
import { parsePrefixOrAddress, prefixContains } from "../../kubernetes/cidr";
import type { LabelSelector } from "../../kubernetes/label-selector";
import { PROTOCOL_NUMBERS, portNameKey } from "../../kubernetes/ports";
import type { Parties, Party, Talk } from "./parties";
import { blockOf, type Item, peersNaming, portsWithout, standsForName } from "./peers";
import { distinguishingTraits, namingTrait, podsOf, selectorsWithout } from "./traits";

/** A rule's context, and the flows of one peer to take out of the rule. */
export interface Without extends Talk {
  parties: Parties;
  direction: Direction;
  /** The policy's namespace; undefined for a clusterwide policy. */
  namespace: string | undefined;
  subject: Party;
  peer: Party;
  /** Whether the rule denies. Default false. */
  isDeny?: boolean;
}

/** Rules that together match what a rule matches, except the flows. Empty if it matches nothing else. */
export function itemsWithout(item: Item, at: Without): Item[] {
  const others = itemsWithoutPeer(item, at);
  const { toPorts: _, icmps: __, ...peers } = item;
  const named = portOwner(at).identity.namedPorts;
  const left = portsWithout(item, at, (name, proto) =>
    named.get(portNameKey(name.toLowerCase(), PROTOCOL_NUMBERS.get(proto.toLowerCase()) ?? 0)),
  );
  if (others.length === 0) return (left ?? []).map((ports) => ({ ...peers, ...ports }));
  const [naming] = peersNaming(at.parties, at.peer, at.direction, at.namespace);
  const rest = withoutPeerFields(peers);
  return [...others, ...(left ?? []).map((ports) => ({ ...naming, ...rest, ...ports }))];
}

/** The endpoint whose port a name in the rule means. */
const portOwner = ({ direction, subject, peer }: Without) => (direction === "ingress" ? subject : peer);

function withoutPeerFields(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([key]) => !isPeerField(key)));
}

/** Rules that together match what a rule matches, except one peer. */
function itemsWithoutPeer(item: Item, at: Without): Item[] {
  const rest = withoutPeerFields(item);
  const { fqdns, ...others } = peerLists(item, at.direction);
  // Cilium ignores DNS names in deny rules.
  const given: PeerLists = at.isDeny === true || fqdns === undefined ? others : { ...others, fqdns };
  const lists: PeerLists = Object.keys(given).length > 0 ? given : { entities: ["all"] };
  const remaining = new Map<PeerList, unknown[]>();
  for (const list of PEER_LISTS) {
    for (const member of lists[list] ?? []) {
      for (const { list: into, members } of memberWithout(list, member, at))
        remaining.set(into, [...(remaining.get(into) ?? []), ...members]);
    }
  }
  return [...remaining]
    .filter(([, members]) => members.length > 0)
    .map(([list, members]) => ({ [peerField(at.direction, list)]: members, ...rest }));
}

/** Members of a list of peers. */
interface PeerMembers {
  list: PeerList;
  members: unknown[];
}

function memberWithout(list: PeerList, member: unknown, at: Without): PeerMembers[] {
  const whole: PeerMembers = { list, members: [member] };
  switch (list) {
    case "endpoints":
      return [{ list, members: selectorWithout((member ?? {}) as LabelSelector, at) }];
    case "entities":
      return entityWithout(String(member), at);
    case "cidrs":
      return blockWithout(String(member), [], at) ?? [whole];
    case "cidrSets": {
      const { cidr, except = [], ...group } = (member ?? {}) as { cidr?: string; except?: string[] };
      if (cidr !== undefined) return blockWithout(cidr, except, at) ?? [whole];
      if (at.peer.identity.kind !== "address") return [whole];
      const hole = blockOf(at.peer);
      // A group without the whole world is empty.
      return hole.endsWith("/0") ? [] : [{ list, members: [{ ...group, except: [...except, hole] }] }];
    }
    case "fqdns":
      return selects(fqdnSelector((member ?? {}) as object), at.peer.identity.labels) ? [] : [whole];
    case "services":
      return [];
    default:
      return [whole];
  }
}

function scopeOf({ namespace, parties }: Without): PeerScope {
  return { namespace, cluster: clusterName(parties.scenario.cluster), subjectIsInit: false };
}

function selectorWithout(selector: LabelSelector, at: Without): LabelSelector[] {
  const compiled = peerSelector(selector, scopeOf(at));
  if (!selects(compiled, at.peer.identity.labels)) return [selector];
  const others = podsOf(at.parties).filter(({ identity }) => selects(compiled, identity.labels));
  const requires = (name: string) =>
    compiled.requirements.some(({ key, operator, values }) => key === name && operator === "In" && values.length === 1);
  // Pods that are not in the scenario stay selected: those of other namespaces, and those that only share the namespace.
  const first = [{ key: NAMESPACE_KEY, value: at.peer.facts.namespace ?? "" }, namingTrait(at.peer)];
  const traits = distinguishingTraits(
    at.peer,
    others,
    first.flatMap((trait) => (trait === undefined || requires(trait.key) ? [] : [trait])),
  );
  // If a selector mentions the namespace itself, Cilium no longer confines it to the policy's namespace.
  const asksNamespace = traits.some(({ key }) => key === NAMESPACE_KEY);
  return selectorsWithout(selector, traits).map((split) =>
    asksNamespace
      ? {
          ...split,
          matchExpressions: [...(split.matchExpressions ?? []), { key: NAMESPACE_KEY, operator: "Exists" as const }],
        }
      : split,
  );
}

/** The members of an entity except one peer, as narrower entities, pods and blocks. */
function entityWithout(entity: string, at: Without): PeerMembers[] {
  const cluster = clusterName(at.parties.scenario.cluster);
  const holds = (name: string) =>
    (entitySelectors(name, cluster) ?? []).some((selector) => selects(selector, at.peer.identity.labels));
  if (!holds(entity)) return [{ list: "entities", members: [entity] }];
  const own = { matchLabels: { [CLUSTER_KEY]: cluster } };
  const every = { key: CLUSTER_KEY, operator: "Exists" as const };
  const inNamespace = { key: NAMESPACE_KEY, operator: "Exists" as const };
  const pods = selectorWithout(
    entity === "cluster"
      ? // By default, a peer that names no cluster selects only this one.
        {
          ...(at.parties.scenario.cluster?.policyDefaultLocalCluster === false && own),
          matchExpressions: [inNamespace],
        }
      : { matchExpressions: [every, inNamespace] },
    at,
  );
  const inside: PeerMembers[] = [
    { list: "entities", members: ENTITIES_IN_CLUSTER.filter((name) => !holds(name)) },
    { list: "endpoints", members: pods },
  ];
  const outside: PeerMembers[] = holds("world") ? outsideWithout(at) : [{ list: "entities", members: ["world"] }];
  if (entity === "all") return [...inside, ...outside];
  if (entity === "cluster" || entity === "cluster-mesh") return inside;
  const isFamily = entity === "world-ipv4" || entity === "world-ipv6";
  return entity === "world" || (isFamily && at.peer.identity.kind === "address") ? outside : [];
}

/** The world without one peer. Without an endpoint that represents the world of one IP family, the other family is left. */
function outsideWithout(at: Without): PeerMembers[] {
  if (at.peer.identity.kind === "address")
    return ["0.0.0.0/0", "::/0"].flatMap(
      (cidr) => blockWithout(cidr, [], at) ?? [{ list: "cidrSets" as const, members: [{ cidr }] }],
    );
  const reserved = at.peer.facts.reserved ?? [];
  const left = ["world-ipv4", "world-ipv6"].filter((name) => !reserved.includes("world") && !reserved.includes(name));
  return [{ list: "entities", members: left }];
}

/** A block without the addresses that one peer stands for. Empty if it stands for the whole block; undefined if it is not in the block. */
function blockWithout(cidr: string, except: readonly string[], { peer }: Without): PeerMembers[] | undefined {
  if (peer.identity.kind !== "address" || standsForName(peer)) return undefined;
  const [outer, hole] = [parsePrefixOrAddress(cidr), parsePrefixOrAddress(blockOf(peer))];
  if (outer === undefined || hole === undefined || !prefixContains(outer, hole)) return undefined;
  if (outer.bits === hole.bits) return [];
  return [{ list: "cidrSets", members: [{ cidr, except: [...except, blockOf(peer)] }] }];
}
