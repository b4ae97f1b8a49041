import { TransportMode } from "../mesh/transport";
import type { PolicyManifest } from "../policy/manifest";
import type { Scenario } from "../reachability/scenario";
import type { ClusterManifests } from "./cluster";
import { peersOf } from "./peers";
import { withImpliedPorts } from "./ports";

/**
 * The scenario that manifests describe, completed by what every cluster has and by what the policies mention.
 *
 * @param policies Those whose peers and ports are to be told apart: to compare two states, those of both.
 * @param transportMode Linkerd's; by default that of its chart. Means something only where workloads are meshed.
 */
export function scenarioOf(
  cluster: Pick<ClusterManifests, "workloads" | "namespaces" | "services">,
  policies: readonly PolicyManifest[],
  transportMode: TransportMode = TransportMode.TransportHeader,
): Scenario {
  const workloads = cluster.workloads.map(({ endpoint }) => endpoint);
  const peers = peersOf(policies, cluster.workloads);
  const known = new Set(cluster.namespaces.map(({ name }) => name));
  const mentioned = [...workloads, ...peers].flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]));
  const implied = [...new Set(mentioned)].filter((name) => !known.has(name)).sort();
  const namespaces = [...cluster.namespaces, ...implied.map((name) => ({ name }))];
  const endpoints = [...withImpliedPorts(workloads, cluster.services, policies, namespaces), ...peers];
  return {
    namespaces,
    services: cluster.services.map(({ name, namespace, labels, selector }) => ({ name, namespace, labels, selector })),
    endpoints,
    ...(endpoints.some(({ mesh }) => mesh?.injected) && { mesh: { transportMode } }),
  };
}
