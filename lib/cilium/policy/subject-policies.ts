import { RESERVED_SOURCE } from "../api/labels";
import { selectorOf, WILDCARD } from "../api/selector";
import { Origin } from "./decision";
import type { Direction, Entry } from "./entries";
import { type Conflict, defaultPolicy, mergeFilters, type PeerPolicy } from "./filters";
import { labelPeer } from "./peer";

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
  const merged = mergeFilters(entries, "normal");
  if ("conflict" in merged) return merged;
  if (!isEnforced && !entries.some(({ defaultDeny }) => defaultDeny))
    return [...merged, defaultPolicy(EVERYBODY, any, "default")];
  return direction === "ingress" && !isNode
    ? [...merged, defaultPolicy(HOST, Origin.AllowLocalhost, "default")]
    : merged;
}
