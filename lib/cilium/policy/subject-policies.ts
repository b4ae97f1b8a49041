import { RESERVED_SOURCE } from "../api/labels";
import { selectorOf, WILDCARD } from "../api/selector";
import { Origin } from "./decision";
import type { Direction, Entry } from "./entries";
import { type Conflict, defaultPolicy, mergeFilters, type PeerPolicy } from "./filters";
import { labelPeer, maybePeer, type Peer } from "./peer";
import { precedences, Tier } from "./tiers";

const EVERYBODY = labelPeer(WILDCARD);
const HOST = labelPeer(selectorOf(RESERVED_SOURCE, "host"));

/**
 * The policy of a subject in one direction, from the entries that select it (`computePolicyEnforcementAndRules`).
 *
 * If no entry selects the subject, everything is allowed. If none of them has default deny, what they do not mention is allowed. Otherwise it is
 * denied, except for a node's own traffic to its pods, which kubelet probes need. Cilium allows that in the lowest tier, so that a deny overrides it.
 *
 * @param isEnforced Whether policy is enforced even if no entry selects the subject: by the agent's setting, or for a pod whose labels Cilium does not
 *   know yet.
 * @param isNode Whether the subject is a node, which has no such exception for itself.
 */
export function subjectPolicies(
  entries: readonly Entry[],
  direction: Direction,
  { isEnforced, isNode }: { isEnforced: boolean; isNode: boolean },
): PeerPolicy[] | Conflict {
  const any = direction === "ingress" ? Origin.AllowAnyIngress : Origin.AllowAnyEgress;
  const hasRules = entries.length > 0;
  // With policy always enforced, a pod without rules is denied everything, even traffic from its own node.
  if (!hasRules && isEnforced) return [];
  const isDenied = isEnforced || entries.some(({ defaultDeny, uncertain }) => defaultDeny && uncertain === undefined);
  // Set if default deny depends on an entry that may not select the subject.
  const missing = entries.find(({ defaultDeny, uncertain }) => defaultDeny && uncertain !== undefined)?.uncertain;
  const allowsHost = hasRules && direction === "ingress" && !isNode && (isDenied || missing !== undefined);
  // With policy always enforced, the node is allowed only if an entry does select the subject.
  const missingForHost =
    isEnforced && entries.every(({ uncertain }) => uncertain !== undefined) ? entries[0]?.uncertain : undefined;
  const host = missingForHost === undefined ? HOST : maybePeer(HOST, missingForHost, false);
  const everybody = missing === undefined ? EVERYBODY : maybePeer(EVERYBODY, missing, false);
  const defaults: { peer: Peer; origin: number | undefined }[] = [
    ...(allowsHost ? [{ peer: host, origin: Origin.AllowLocalhost }] : []),
    ...(isDenied ? [] : [{ peer: everybody, origin: any }]),
    // Default deny needs an entry of its own only if a rule passes to it.
    ...(entries.some(({ passes }) => passes) && (isDenied || missing !== undefined)
      ? [{ peer: EVERYBODY, origin: undefined }]
      : []),
  ];
  const sorted = [...entries].sort((a, b) => a.tier - b.tier || a.priority - b.priority);
  const assigned = precedences([
    ...sorted,
    ...defaults.map((_, priority) => ({ tier: Tier.Default, priority, passes: false })),
  ]);
  if (assigned === undefined) return { conflict: "as many priorities as its rules have" };
  const { of: levels, tiers } = assigned;
  const mergedOf = (given: readonly Entry[]): PeerPolicy[] | Conflict => {
    const levelled = given.map((entry, place) => ({ entry, level: levels[place] ?? 0 }));
    const merged: PeerPolicy[] = [];
    for (const tier of [Tier.Admin, Tier.Normal, Tier.Baseline] as const) {
      const ofTier = mergeFilters(
        levelled.filter(({ entry }) => entry.tier === tier),
        tiers[tier],
        isDenied,
      );
      if ("conflict" in ofTier) return ofTier;
      merged.push(...ofTier);
    }
    return merged;
  };
  // If the entries conflict only together with uncertain ones, nothing is known about either direction.
  const ifAll = entries.some(({ uncertain }) => uncertain !== undefined) ? mergedOf(sorted) : [];
  if ("conflict" in ifAll) return ifAll;
  const merged = mergedOf(withUncertainPeers(sorted, isDenied));
  if ("conflict" in merged) return merged;
  const added = defaults.map(({ peer, origin }, place) =>
    defaultPolicy(peer, origin, levels[sorted.length + place] ?? 0, tiers[Tier.Default]),
  );
  return [...merged, ...added];
}

/**
 * Makes the peers of uncertain entries uncertain: what they allow or deny, they may allow or deny. If no other policy has default deny, then what an
 * uncertain policy allows is allowed in either case: with the policy because it allows it, and without it because nothing denies it.
 */
function withUncertainPeers(entries: readonly Entry[], isDenied: boolean): Entry[] {
  const denying = new Set(
    entries.flatMap(({ policy, defaultDeny, uncertain }) => (defaultDeny && uncertain !== undefined ? [policy] : [])),
  );
  // A lower tier may deny what no other rule decides.
  const isDeniedBelow = entries.some(({ tier, deny }) => tier === Tier.Baseline && deny);
  return entries.map((entry) => {
    const { uncertain, written, deny, policy, peers, l4 } = entry;
    if (uncertain === undefined) return entry;
    const isAllowedAnyway =
      !isDenied &&
      !isDeniedBelow &&
      denying.size === 1 &&
      denying.has(policy) &&
      !deny &&
      (entry.authentication ?? "disabled") === "disabled" &&
      !l4.some(({ l7 }) => l7 !== undefined);
    return isAllowedAnyway
      ? entry
      : { ...entry, peers: peers.map((peer) => maybePeer(peer, uncertain, deny, written)) };
  });
}
