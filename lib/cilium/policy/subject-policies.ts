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
 * The policy of a subject in one direction from the entries that select it (`computePolicyEnforcementAndRules`).
 *
 * Nothing selects it: everything is allowed. Rules without default deny: what they do not mention is allowed. Otherwise it is denied, but
 * for the node's own traffic to its pods, which Kubernetes' probes need; Cilium allows that in the lowest tier, so that a deny overrides it.
 *
 * @param isEnforced Policy is enforced whether or not something selects the subject: by the agent's setting, and for a pod that Cilium takes for one
 *   without labels yet.
 * @param isNode The subject is a node, which gets no such favour of itself.
 */
export function subjectPolicies(
  entries: readonly Entry[],
  direction: Direction,
  { isEnforced, isNode }: { isEnforced: boolean; isNode: boolean },
): PeerPolicy[] | Conflict {
  const any = direction === "ingress" ? Origin.AllowAnyIngress : Origin.AllowAnyEgress;
  const hasRules = entries.length > 0;
  // Where policy is always enforced, a pod without any is denied everything, even what the node itself sends.
  if (!hasRules && isEnforced) return [];
  const isDenied = isEnforced || entries.some(({ defaultDeny, uncertain }) => defaultDeny && uncertain === undefined);
  // Who may be denied by default may also not be.
  const doubt = entries.find(({ defaultDeny, uncertain }) => defaultDeny && uncertain !== undefined)?.uncertain;
  const isFavoured = hasRules && direction === "ingress" && !isNode && (isDenied || doubt !== undefined);
  // Where policy is always enforced, the node is favoured by what selects the subject, and by nothing else.
  const unfavoured =
    isEnforced && entries.every(({ uncertain }) => uncertain !== undefined) ? entries[0]?.uncertain : undefined;
  const host = unfavoured === undefined ? HOST : maybePeer(HOST, unfavoured, false);
  const defaults: { peer: Peer; origin: number | undefined }[] = [
    ...(isFavoured ? [{ peer: host, origin: Origin.AllowLocalhost }] : []),
    ...(isDenied ? [] : [{ peer: doubt === undefined ? EVERYBODY : maybePeer(EVERYBODY, doubt, false), origin: any }]),
    // Only what is passed to has to be denied by a rule.
    ...(entries.some(({ passes }) => passes) && (isDenied || doubt !== undefined)
      ? [{ peer: EVERYBODY, origin: undefined }]
      : []),
  ];
  const sorted = [...entries].sort((a, b) => a.tier - b.tier || a.priority - b.priority);
  const asked = precedences([
    ...sorted,
    ...defaults.map((_, priority) => ({ tier: Tier.Default, priority, passes: false })),
  ]);
  if (asked === undefined) return { conflict: "as many priorities as its rules have" };
  const { of: levels, tiers } = asked;
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
  // What may be for the subject may also be what cannot be merged; then nothing is known of either direction.
  const ifAll = entries.some(({ uncertain }) => uncertain !== undefined) ? mergedOf(sorted) : [];
  if ("conflict" in ifAll) return ifAll;
  const merged = mergedOf(withDoubts(sorted, isDenied));
  if ("conflict" in merged) return merged;
  const added = defaults.map(({ peer, origin }, place) =>
    defaultPolicy(peer, origin, levels[sorted.length + place] ?? 0, tiers[Tier.Default]),
  );
  return [...merged, ...added];
}

/**
 * What a policy allows that may not be for the subject, may be allowed, and likewise what it denies. But where no other policy denies by default,
 * its own rules pass either way: with it since it allows them, and without it since nothing denies them.
 */
function withDoubts(entries: readonly Entry[], isDenied: boolean): Entry[] {
  const denying = new Set(
    entries.flatMap(({ policy, defaultDeny, uncertain }) => (defaultDeny && uncertain !== undefined ? [policy] : [])),
  );
  // A lower tier denies what nothing else decides.
  const isDeniedBelow = entries.some(({ tier, deny }) => tier === Tier.Baseline && deny);
  return entries.map((entry) => {
    const { uncertain, written, deny, policy, peers, l4 } = entry;
    if (uncertain === undefined) return entry;
    const passesAnyway =
      !isDenied &&
      !isDeniedBelow &&
      denying.size === 1 &&
      denying.has(policy) &&
      !deny &&
      (entry.authentication ?? "disabled") === "disabled" &&
      !l4.some(({ l7 }) => l7 !== undefined);
    return passesAnyway ? entry : { ...entry, peers: peers.map((peer) => maybePeer(peer, uncertain, deny, written)) };
  });
}
