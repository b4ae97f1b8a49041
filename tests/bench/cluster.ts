import type { EgressRule, IngressRule, PolicyManifest } from "../../lib/cilium/api/policy";
import type { EndpointFacts, PortOfFlow, Scenario } from "../../lib/reachability";

/** Each workload listens on these, and every pair is asked about each. */
export const PORTS: readonly PortOfFlow[] = [
  { proto: "TCP", port: 8080 },
  { proto: "TCP", port: 9090 },
  { proto: "UDP", port: 53 },
];

const PER_NAMESPACE = 20;

/**
 * A cluster of `size` workloads in namespaces of twenty, with as many policies: each workload admits four neighbours on its named port and the
 * monitoring namespace on its metrics, most may ask DNS and some neighbours, some deny an address block, a few speak for a whole namespace, and
 * every fiftieth policy is clusterwide. The same for the same size.
 */
export function cluster(size: number): { scenario: Scenario; policies: PolicyManifest[] } {
  const endpoints = Array.from({ length: size }, (_, index) => workload(index));
  const scenario: Scenario = {
    namespaces: Array.from({ length: Math.ceil(size / PER_NAMESPACE) }, (_, index) => ({
      name: `team-${index}`,
      labels: { tier: index % 3 === 0 ? "edge" : "core" },
    })),
    endpoints,
  };
  return { scenario, policies: endpoints.map((_, index) => policy(index, size)) };
}

function workload(index: number): EndpointFacts {
  return {
    id: `w${index}`,
    namespace: namespaceOf(index),
    labels: { app: `w${index}`, role: ["web", "api", "db", "job"][index % 4] ?? "web" },
    serviceAccount: `sa-${index % 50}`,
    ports: [
      { name: "http", port: 8080 },
      { name: "metrics", port: 9090 },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
  };
}

function policy(index: number, size: number): PolicyManifest {
  const spec = { endpointSelector: { matchLabels: { app: `w${index}` } } };
  if (index % 50 === 49) {
    return {
      apiVersion: "cilium.io/v2",
      kind: "CiliumClusterwideNetworkPolicy",
      metadata: { name: `p${index}` },
      spec: {
        endpointSelector: { matchLabels: { role: "db" } },
        ingress: [{ fromEntities: ["cluster"], toPorts: [{ ports: [{ port: "9090", protocol: "TCP" }] }] }],
        enableDefaultDeny: { ingress: index % 100 === 49 },
      },
    };
  }
  return {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: `p${index}`, namespace: namespaceOf(index) },
    spec: {
      ...(index % 20 === 7 ? { endpointSelector: {} } : spec),
      ingress: ingress(index, size),
      ...(index % 3 === 0 ? { egress: egress(index, size) } : {}),
      ...(index % 7 === 0 ? { egressDeny: [{ toCIDR: ["169.254.169.254/32"] }] } : {}),
    },
  };
}

function ingress(index: number, size: number): IngressRule[] {
  return [
    {
      fromEndpoints: [1, 2, 3, 4].map((step) => neighbour((index + step * 7) % size)),
      toPorts: [{ ports: [{ port: "http", protocol: "TCP" }] }],
    },
    {
      fromEndpoints: [{ matchLabels: { "io.kubernetes.pod.namespace": namespaceOf(0) } }],
      toPorts: [{ ports: [{ port: "9000", endPort: 9999, protocol: "TCP" }] }],
    },
    ...(index % 5 === 0 ? [{ fromEndpoints: [{}] }] : []),
  ];
}

function egress(index: number, size: number): EgressRule[] {
  return [
    {
      toEndpoints: [{ matchLabels: { "k8s:io.cilium.k8s.namespace.labels.tier": "core" } }],
      toPorts: [{ ports: [{ port: "53" }] }],
    },
    { toEndpoints: [neighbour((index + size - 7) % size), neighbour((index + size - 14) % size)] },
  ];
}

function neighbour(index: number) {
  return { matchLabels: { "io.kubernetes.pod.namespace": namespaceOf(index), app: `w${index}` } };
}

function namespaceOf(index: number): string {
  return `team-${Math.floor(index / PER_NAMESPACE)}`;
}
