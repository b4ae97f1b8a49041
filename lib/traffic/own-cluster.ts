import { clusterName } from "../cilium/policy/identity";
import type { Party } from "./party";

/**
 * The recorded cluster: every flow has an end in it, whereas other clusters of a mesh have ends of only some flows. In a tie, Cilium's default name
 * wins. Undefined if no end names its cluster.
 */
export function ownClusterOf(edges: Iterable<{ from: Party; to: Party }>): string | undefined {
  const counts = new Map<string, number>();
  for (const { from, to } of edges)
    for (const cluster of new Set([from.cluster, to.cluster]))
      if (cluster !== undefined) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  const first = clusterName(undefined);
  return [...counts].sort(([a, m], [b, n]) => n - m || Number(b === first) - Number(a === first))[0]?.[0];
}
