import { RESERVED_SOURCE } from "../api/labels";
import { selectorOf, WILDCARD } from "../api/selector";
import { Origin } from "./decision";
import type { Direction, Entry } from "./entries";
import { type Conflict, defaultPolicy, mergeFilters, type PeerPolicy } from "./filters";
import { labelPeer, maybePeer } from "./peer";

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
  // Where policy is always enforced, a pod without any is denied everything, even what the node itself sends.
  if (entries.length === 0) return isEnforced ? [] : [defaultPolicy(EVERYBODY, any, "normal")];
  const isDenied = isEnforced || entries.some(({ defaultDeny, uncertain }) => defaultDeny && uncertain === undefined);
  const merged = mergeFilters(withDoubts(entries, isDenied), "normal", isDenied);
  if ("conflict" in merged) return merged;
  // Who may be denied by default may also not be.
  const doubt = entries.find(({ defaultDeny, uncertain }) => defaultDeny && uncertain !== undefined)?.uncertain;
  const isFavoured = direction === "ingress" && !isNode && (isDenied || doubt !== undefined);
  // Where policy is always enforced, the node is favoured by what selects the subject, and by nothing else.
  const unfavoured =
    isEnforced && entries.every(({ uncertain }) => uncertain !== undefined) ? entries[0]?.uncertain : undefined;
  const host = unfavoured === undefined ? HOST : maybePeer(HOST, unfavoured, false);
  return [
    ...merged,
    ...(isFavoured ? [defaultPolicy(host, Origin.AllowLocalhost, "default")] : []),
    ...(isDenied
      ? []
      : [defaultPolicy(doubt === undefined ? EVERYBODY : maybePeer(EVERYBODY, doubt, false), any, "default")]),
  ];
}

/**
 * What a policy allows that may not be for the subject, may be allowed, and likewise what it denies. But where no other policy denies by default,
 * its own rules pass either way: with it since it allows them, and without it since nothing denies them.
 */
function withDoubts(entries: readonly Entry[], isDenied: boolean): Entry[] {
  const denying = new Set(
    entries.flatMap(({ policy, defaultDeny, uncertain }) => (defaultDeny && uncertain !== undefined ? [policy] : [])),
  );
  return entries.map((entry) => {
    const { uncertain, deny, policy, peers, l4 } = entry;
    if (uncertain === undefined) return entry;
    const passesAnyway =
      !isDenied && denying.size === 1 && denying.has(policy) && !deny && !l4.some(({ l7 }) => l7 !== undefined);
    return passesAnyway ? entry : { ...entry, peers: peers.map((peer) => maybePeer(peer, uncertain, deny)) };
  });
}
