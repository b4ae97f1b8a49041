import type { Entry } from "../../cilium/policy/entries";

/**
 * The matching rules of a flow that Cilium evaluates: tier by tier, and by priority within a tier, until one allows or denies. A rule that passes skips
 * the rest of its tier. Without ClusterNetworkPolicies, all rules are evaluated.
 */
export function evaluatedRules(matching: readonly Entry[]): ReadonlySet<Entry> {
  const sorted = [...matching].sort((a, b) => a.tier - b.tier || a.priority - b.priority);
  const evaluated = new Set<Entry>();
  let passed: number | undefined;
  while (sorted.length > 0) {
    const [first] = sorted;
    const together = sorted.filter(({ tier, priority }) => tier === first?.tier && priority === first.priority);
    sorted.splice(0, together.length);
    if (first?.tier === passed) continue;
    for (const entry of together) evaluated.add(entry);
    if (together.some(({ passes }) => !passes)) return evaluated;
    passed = first?.tier;
  }
  return evaluated;
}
