import type { Entry } from "../../cilium/policy/entries";

/**
 * Those of the rules about one flow that are asked, which are all but for ClusterNetworkPolicies: tier by tier and within one by priority, until one
 * allows or denies. One that passes skips what is left of its tier.
 */
export function askedOf(about: readonly Entry[]): ReadonlySet<Entry> {
  const sorted = [...about].sort((a, b) => a.tier - b.tier || a.priority - b.priority);
  const asked = new Set<Entry>();
  let passed: number | undefined;
  while (sorted.length > 0) {
    const [first] = sorted;
    const together = sorted.filter(({ tier, priority }) => tier === first?.tier && priority === first.priority);
    sorted.splice(0, together.length);
    if (first?.tier === passed) continue;
    for (const entry of together) asked.add(entry);
    if (together.some(({ passes }) => !passes)) return asked;
    passed = first?.tier;
  }
  return asked;
}
