import { getOrMake } from "../../common/maps";
import { EVERY_PROTOCOL } from "../../kubernetes/ports";
import { RESERVED_SOURCE } from "../api/labels";
import { selectorOf } from "../api/selector";
import type { Entry } from "./entries";
import type { L4 } from "./l4";
import { type L7Policy, mergeL7, proxiedBy } from "./l7";
import { type MapItem, precedence } from "./lookup";
import { isWildcard, labelPeer, type Peer } from "./peer";
import { EVERYTHING } from "./proxied";
import type { TierRange } from "./tiers";

/** The merged rules for one peer on one port (`PerSelectorPolicy`). */
export interface PeerPolicy {
  peer: Peer;
  l4: L4;
  item: Omit<MapItem, "protocol" | "port" | "endPort">;
}

/** Why the rules cannot be merged. Cilium then leaves the pod with the policy that it had before. */
export interface Conflict {
  conflict: string;
}

/** An entry with the level of its precedence; higher levels are evaluated first. */
export interface Levelled {
  entry: Entry;
  level: number;
}

interface Merging {
  peer: Peer;
  level: number;
  deny: boolean;
  passes: boolean;
  l7: L7Policy | undefined;
  authentication: string | undefined;
  origins: Set<number>;
}

interface Filter {
  l4: L4;
  byPeer: Map<string, Merging>;
}

/**
 * Merges the rules of one tier that select a subject in one direction, by port and then by peer, as `mergePortProto` does. The entry of the highest
 * level stays; at the same level a deny replaces an allow, an allow replaces a pass, and two of the same kind merge.
 *
 * @param entries In Cilium's order. Filters for a named port differ by name alone, so of two ranges from the same named port the first one counts.
 * @param isDenied Whether the subject has default deny in this direction. Without it, L7 rules block nothing either.
 */
export function mergeFilters(entries: readonly Levelled[], range: TierRange, isDenied = true): PeerPolicy[] | Conflict {
  const filters = new Map<string, Filter>();
  for (const { entry, level } of entries) {
    if (entry.peers.length === 0) continue;
    for (const l4 of entry.l4) {
      const key = l4.name === undefined ? `${l4.protocol} ${l4.port} ${l4.endPort}` : `${l4.protocol} ${l4.name}`;
      const filter = getOrMake(filters, key, (): Filter => ({ l4, byPeer: new Map() }));
      for (const peer of entry.peers) {
        const problem = addPeer(filter, { entry, level }, peer, l4.l7);
        if (problem !== undefined) return { conflict: problem };
      }
    }
  }
  return [...filters.values()].flatMap((filter) => distinctPolicies(filter, range, isDenied));
}

/** The entity `none` selects nobody, so Cilium does not merge its rules, and they cannot conflict. */
const ENTITY_NONE = labelPeer(selectorOf(RESERVED_SOURCE, "none")).text;

function addPeer(
  { byPeer }: Filter,
  { entry, level }: Levelled,
  peer: Peer,
  l7: L7Policy | undefined,
): string | undefined {
  if (peer.text === ENTITY_NONE) return undefined;
  const present = byPeer.get(peer.text);
  const { deny, passes, authentication, policy } = entry;
  if (present !== undefined && present.level > level) return undefined;
  if (present === undefined || (deny && !present.deny) || (!passes && present.passes)) {
    byPeer.set(peer.text, { peer, level, deny, passes, l7, authentication, origins: new Set([policy]) });
    return undefined;
  }
  if ((present.deny && !deny) || (passes && !present.passes)) return undefined;
  present.origins.add(policy);
  if (deny || passes) return undefined;
  const merged = mergeL7(present.l7, l7);
  if (typeof merged === "string") return merged;
  if (
    present.authentication !== undefined &&
    authentication !== undefined &&
    present.authentication !== authentication
  ) {
    return `authentication modes ${present.authentication} and ${authentication} on the same port`;
  }
  present.l7 = merged;
  present.authentication ??= authentication;
  return undefined;
}

/**
 * Drops peers whose policy on a port equals that of the wildcard (`selectorCoveredByWildcard`). For a filter of all ports, the policy map does
 * that itself.
 */
function distinctPolicies({ l4, byPeer }: Filter, range: TierRange, isDenied: boolean): PeerPolicy[] {
  const policies = [...byPeer.values()].map((merging) => peerPolicy(merging, l4, range, isDenied));
  const everybody = policies.find(({ peer }) => isWildcard(peer));
  if (everybody === undefined || (l4.port === 0 && l4.name === undefined)) return policies;
  const { precedence: wildcardPrecedence, authentication, proxied } = everybody.item;
  // The proxy may admit more for this peer than for everybody.
  const hasOwnRequests = ({ item }: PeerPolicy) => l4.name === undefined && item.proxied !== proxied;
  return policies.filter(
    (policy) =>
      policy === everybody ||
      policy.item.precedence !== wildcardPrecedence ||
      policy.item.authentication !== authentication ||
      hasOwnRequests(policy),
  );
}

function peerPolicy(merging: Merging, l4: L4, range: TierRange, isDenied: boolean): PeerPolicy {
  const { peer, level, deny, passes, l7, authentication, origins } = merging;
  const kind = passes ? "pass" : deny ? "deny" : l7 === undefined ? "allow" : "redirect";
  return {
    peer,
    l4,
    item: {
      precedence: precedence(level, kind, l7?.priority),
      deny,
      passes,
      range,
      isNamed: l4.name !== undefined,
      redirect: l7 !== undefined,
      authentication: explicitMode(authentication),
      origins: [...origins].sort((a, b) => a - b),
      proxied: l7 === undefined || !isDenied ? EVERYTHING : proxiedBy(l7),
    },
  };
}

/**
 * A default that Cilium adds on all ports.
 *
 * @param origin The default that allows; undefined for a deny.
 */
export function defaultPolicy(peer: Peer, origin: number | undefined, level: number, range: TierRange): PeerPolicy {
  const deny = origin === undefined;
  return {
    peer,
    l4: { protocol: EVERY_PROTOCOL, port: 0, endPort: 0 },
    item: {
      precedence: precedence(level, deny ? "deny" : "allow"),
      deny,
      passes: false,
      range,
      isNamed: false,
      redirect: false,
      authentication: "",
      origins: deny ? [] : [origin],
      proxied: EVERYTHING,
    },
  };
}

const MODES: readonly string[] = ["disabled", "required", "test-always-fail"];

function explicitMode(mode: string | undefined): string {
  return mode !== undefined && MODES.includes(mode) ? mode : "";
}
