import type { EndpointSelector } from "../cilium/api/endpoint-selector";
import { getOrMake } from "../common/maps";
import type { NetworkBlock } from "../linkerd/model/authentication";
import type { ServerSpec } from "../linkerd/model/server";
import { DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import { type Caller, callerOf } from "./callers";
import { type Edge, isWorkload } from "./intent";
import { isOpaque, serverPorts } from "./ports";
import { isMeshed, type Workload, type WorkloadProbe } from "./workload";

/** The facts about the mesh that the objects depend on. */
export interface AuthorizationSettings {
  /** The namespace of the viz extension, whose Prometheus scrapes every proxy. Default `linkerd-viz`. */
  vizNamespace?: string;
  /** The addresses from which the kubelets probe. Needed for HTTP probes on opaque ports. */
  nodeAddresses?: readonly NetworkBlock[];
}

/** An edge to a server, with its caller. */
export interface Entry {
  edge: Edge;
  /** The index of the edge. */
  index: number;
  caller: Caller;
}

/** A port of a workload, and its callers. */
export interface FencedServer {
  workload: Workload;
  port: number | string;
  opaque: boolean;
  /** The kubelet's probes of this port. */
  probes: readonly WorkloadProbe[];
  entries: Entry[];
}

/** The ports of all meshed workloads that are called, in the order of the edges; then the listed ports that no edge names. */
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

/** The selector in Linkerd's form: by the pods' own labels, without Cilium's sources. */
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

/** A label key without Cilium's source. */
const plainKey = (key: string) => key.replace(/^(k8s|any):/, "");
