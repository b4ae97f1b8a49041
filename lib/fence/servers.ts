import type { EndpointSelector } from "../cilium/api/endpoint-selector";
import { getOrMake } from "../common/maps";
import type { NetworkBlock } from "../linkerd/model/authentication";
import type { ServerSpec } from "../linkerd/model/server";
import { DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import { type Caller, callerOf } from "./callers";
import { type Edge, isMeshed, isWorkload, type Workload, type WorkloadProbe } from "./intent";
import { isOpaque, serverPorts } from "./ports";

/** What of the mesh the objects need to know. */
export interface AuthorizationSettings {
  /** Where the viz extension is, whose Prometheus scrapes every proxy. Default `linkerd-viz`. */
  vizNamespace?: string;
  /** Addresses that the kubelets ask from: of HTTP probes on opaque ports. */
  nodeAddresses?: readonly NetworkBlock[];
}

/** Who calls by an edge. */
export interface Entry {
  edge: Edge;
  /** Its place among the edges. */
  index: number;
  caller: Caller;
}

/** A port of a workload, and who may call it. */
export interface FencedServer {
  workload: Workload;
  port: number | string;
  opaque: boolean;
  /** What the kubelet asks of it. */
  probes: readonly WorkloadProbe[];
  entries: Entry[];
}

/** The ports of all meshed workloads that are called, in the order of the edges; then those that nobody may call. */
export function serversOf(edges: readonly Edge[]): FencedServer[] {
  const servers = new Map<string, FencedServer>();
  const serverOf = (workload: Workload, port: number | string) =>
    getOrMake(servers, JSON.stringify([workload.namespace, workload.name, port]), () => ({
      workload,
      port,
      opaque: isOpaque(port, workload),
      probes: (workload.probes ?? []).filter((probe) => (probe.port ?? probe.portName) === port),
      entries: [] as Entry[],
    }));
  for (const [index, edge] of edges.entries()) {
    const { to } = edge;
    if (!isWorkload(to) || !isMeshed(to)) continue;
    for (const port of serverPorts(edge, to))
      serverOf(to, port).entries.push({ edge, index, caller: callerOf(edge.from) });
  }
  for (const { to } of edges) {
    if (!isWorkload(to) || !isMeshed(to)) continue;
    const { ports = [], skipInboundPorts = DEFAULT_SKIPPED_PORTS } = to;
    for (const port of ports) if (!skipInboundPorts.includes(port)) serverOf(to, port);
  }
  return [...servers.values()];
}

/** A pod selector of Linkerd's: by the labels that pods carry themselves, without Cilium's sources. */
export function podsOf({ all, matchLabels = {}, matchExpressions = [] }: EndpointSelector): ServerSpec["pods"] {
  if (all === true) return "all";
  const labels = Object.entries(matchLabels).map(([key, value]) => [plainKey(key), value]);
  return {
    ...(labels.length > 0 && { matchLabels: Object.fromEntries(labels) }),
    ...(matchExpressions.length > 0 && {
      matchExpressions: matchExpressions.map((expression) => ({ ...expression, key: plainKey(expression.key) })),
    }),
  } as ServerSpec["pods"];
}

/** The label of the pod behind a key of Cilium's. */
const plainKey = (key: string) => key.replace(/^(k8s|any):/, "");
