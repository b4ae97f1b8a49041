import type { ClusterFacts } from "../../scenario/scenario";

/** Cilium's `cluster.name` unless it is set. */
export const DEFAULT_CLUSTER = "default";

/**
 * Cilium's `cluster.name`; `default` if it is not set.
 *
 * @example
 * clusterName({}); // default
 */
export function clusterName(cluster: ClusterFacts | undefined): string {
  return cluster?.name === undefined || cluster.name === "" ? DEFAULT_CLUSTER : cluster.name;
}
