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
import { blockOf, type Item, peersNaming, portsWithout } from "./peers";
import { podsOf, selectorsWithout, traitsApart } from "./traits";

/** Where a rule stands that is to be about everything as before but for some flows of one peer. */
export interface Without extends Talk {
  parties: Parties;
  direction: Direction;
  /** Of the policy; undefined in a clusterwide one. */
  namespace: string | undefined;
  subject: Party;
  peer: Party;
  /** The rule denies. */
  isDeny?: boolean;
}

/** Rules that say what a rule says, but nothing about the flows. None where it says nothing else. */
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

/** Whose port a name in a rule is. */
const portOwner = ({ direction, subject, peer }: Without) => (direction === "ingress" ? subject : peer);

function withoutPeerFields(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([key]) => !isPeerField(key)));
}

/** Rules that say of all others what a rule says, and nothing of one peer. */
function itemsWithoutPeer(item: Item, at: Without): Item[] {
  const rest = withoutPeerFields(item);
  const { fqdns, ...others } = peerLists(item, at.direction);
  // In a deny rule Cilium ignores DNS names.
  const given: PeerLists = at.isDeny === true || fqdns === undefined ? others : { ...others, fqdns };
  const lists: PeerLists = Object.keys(given).length > 0 ? given : { entities: ["all"] };
  const kept = new Map<PeerList, unknown[]>();
  for (const list of PEER_LISTS) {
    for (const member of lists[list] ?? []) {
      for (const { list: into, members } of memberWithout(list, member, at))
        kept.set(into, [...(kept.get(into) ?? []), ...members]);
    }
  }
  return [...kept]
    .filter(([, members]) => members.length > 0)
    .map(([list, members]) => ({ [peerField(at.direction, list)]: members, ...rest }));
}

interface Kept {
  list: PeerList;
  members: unknown[];
}

function memberWithout(list: PeerList, member: unknown, at: Without): Kept[] {
  const whole: Kept = { list, members: [member] };
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
      // An exception for the whole world leaves nothing.
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
  const traits = traitsApart(at.peer, others);
  // What asks for a namespace itself is no longer confined to one by Cilium.
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

/** Everybody of an entity but one peer, in narrower entities, pods and blocks. */
function entityWithout(entity: string, at: Without): Kept[] {
  const cluster = clusterName(at.parties.scenario.cluster);
  const holds = (name: string) =>
    (entitySelectors(name, cluster) ?? []).some((selector) => selects(selector, at.peer.identity.labels));
  if (!holds(entity)) return [{ list: "entities", members: [entity] }];
  const pods = selectorWithout(
    {
      matchExpressions: [
        { key: CLUSTER_KEY, operator: "Exists" },
        { key: NAMESPACE_KEY, operator: "Exists" },
      ],
    },
    at,
  );
  const inside: Kept[] = [
    { list: "entities", members: ENTITIES_IN_CLUSTER.filter((name) => !holds(name)) },
    { list: "endpoints", members: pods },
  ];
  const outside: Kept[] = holds("world") ? outsideWithout(at) : [{ list: "entities", members: ["world"] }];
  if (entity === "all") return [...inside, ...outside];
  if (entity === "cluster" || entity === "cluster-mesh") return inside;
  const isFamily = entity === "world-ipv4" || entity === "world-ipv6";
  return entity === "world" || (isFamily && at.peer.identity.kind === "address") ? outside : [];
}

/** The world without one address. Who stands for all of it, or for all of one family, leaves the other family. */
function outsideWithout(at: Without): Kept[] {
  if (at.peer.identity.kind === "address")
    return ["0.0.0.0/0", "::/0"].flatMap(
      (cidr) => blockWithout(cidr, [], at) ?? [{ list: "cidrSets" as const, members: [{ cidr }] }],
    );
  const reserved = at.peer.facts.reserved ?? [];
  const left = ["world-ipv4", "world-ipv6"].filter((name) => !reserved.includes("world") && !reserved.includes(name));
  return [{ list: "entities", members: left }];
}

/** A block without what one peer stands for; nothing is left where it is all of it, undefined where it does not hold it. */
function blockWithout(cidr: string, except: readonly string[], { peer }: Without): Kept[] | undefined {
  if (peer.identity.kind !== "address") return undefined;
  const [outer, hole] = [parsePrefixOrAddress(cidr), parsePrefixOrAddress(blockOf(peer))];
  if (outer === undefined || hole === undefined || !prefixContains(outer, hole)) return undefined;
  if (outer.bits === hole.bits) return [];
  return [{ list: "cidrSets", members: [{ cidr, except: [...except, blockOf(peer)] }] }];
}
