import { TransportMode } from "../mesh/transport";
import type { PolicyManifest } from "../policy/manifest";
import type { EndpointFacts, NamedPort, Scenario } from "../reachability/scenario";
import type { ClusterManifests } from "./cluster";
import { peersOf } from "./peers";

/**
 * The scenario that manifests describe, completed by what every cluster has and by what the policies mention.
 *
 * @param transportMode Linkerd's; by default that of its chart. Means something only where workloads are meshed.
 */
export function scenarioOf(
  cluster: Pick<ClusterManifests, "workloads" | "namespaces" | "services">,
  policies: readonly PolicyManifest[],
  transportMode: TransportMode = TransportMode.TransportHeader,
): Scenario {
  const workloads = cluster.workloads.map(({ endpoint }) => withServicePorts(endpoint, cluster.services));
  const peers = peersOf(policies, cluster.workloads);
  const known = new Set(cluster.namespaces.map(({ name }) => name));
  const mentioned = [...workloads, ...peers].flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]));
  const implied = [...new Set(mentioned)].filter((name) => !known.has(name)).sort();
  return {
    namespaces: [...cluster.namespaces, ...implied.map((name) => ({ name }))],
    services: cluster.services.map(({ name, namespace, labels, selector }) => ({ name, namespace, labels, selector })),
    endpoints: [...workloads, ...peers],
    ...(workloads.some(({ mesh }) => mesh?.injected) && { mesh: { transportMode } }),
  };
}

/** `containerPort` is optional documentation to Kubernetes; a Service's target port says as well where a workload listens. */
function withServicePorts(endpoint: EndpointFacts, services: ClusterManifests["services"]): EndpointFacts {
  const ports: NamedPort[] = [...(endpoint.ports ?? [])];
  for (const service of services) {
    const selector = Object.entries(service.selector ?? {});
    const selects =
      selector.length > 0 &&
      service.namespace === endpoint.namespace &&
      selector.every(([key, value]) => endpoint.labels?.[key] === value);
    for (const target of selects ? (service.targetPorts ?? []) : []) {
      if (ports.some(({ port, protocol = "TCP" }) => port === target.port && protocol === target.protocol)) continue;
      ports.push(target);
    }
  }
  return { ...endpoint, ports };
}
