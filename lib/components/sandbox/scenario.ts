import type { LinkerdManifest } from "../../linkerd/model";
import { injectedLabels } from "../../linkerd/wire/injection";
import { wellKnown, wellKnownEndpoint } from "../../linkerd/wire/well-known";
import { META_PORTS } from "../../linkerd/wire/wire";
import type { EndpointFacts, EndpointMesh, Flow, PodFacts, Scenario } from "../../scenario/scenario";
import type { TransportMode } from "../../scenario/transport-mode";
import { podinfo, podinfoEndpoint, podinfoService } from "../podinfo/workload";
import { slowCooker, slowCookerEndpoint } from "../slow-cooker/workload";
import { sandboxNamespace } from "./edges";

/** What decides which workloads exist. */
export interface SandboxMesh {
  transportMode: TransportMode;
  viz: boolean;
  /** Whether Cilium has its L7 proxy; in the sandbox, only if the user's values turn it on. Default: false. */
  l7Proxy?: boolean;
  /** Objects of Linkerd's authorization, such as those of `sandboxAuthorizations`. Default: none, and every proxy takes what reaches it. */
  authorizations?: readonly LinkerdManifest[];
}

/**
 * Everything that can send to the sandbox's workloads or be sent to by them, with the labels that Cilium sees: enough to say
 * who can talk to whom before the sandbox exists. Policies of Cilium's are in `sandboxPolicies`.
 *
 * @example
 * compile(sandboxPolicies("transparent"), sandboxScenario({ transportMode: "transparent", viz: true }));
 */
export function sandboxScenario({ transportMode, viz, l7Proxy = false, authorizations = [] }: SandboxMesh): Scenario {
  const fenced = [slowCookerEndpoint(sandboxNamespace), podinfoEndpoint(sandboxNamespace)].map(meshed);
  const mesh = meshPeers(viz);
  return {
    cluster: { l7Proxy },
    mesh: {
      transportMode,
      ...(authorizations.length > 0 && { authorization: { objects: authorizations.map((one) => ({ ...one })) } }),
    },
    namespaces: [sandboxNamespace, "kube-system", "linkerd", ...(viz ? ["linkerd-viz"] : [])].map((name) => ({
      name,
      labels: { "kubernetes.io/metadata.name": name },
    })),
    services: [podinfoService(sandboxNamespace)],
    endpoints: [...fenced, ...mesh, ...others],
    flows: flows(mesh),
  };
}

const injected: EndpointMesh = { injected: true };

function meshed(endpoint: PodFacts): PodFacts {
  const labels = { ...endpoint.labels, ...injectedLabels(sandboxNamespace, endpoint.id) };
  return { ...endpoint, labels, mesh: injected };
}

function meshPeers(viz: boolean): EndpointFacts[] {
  const { identity, destination, tap, prometheus } = wellKnown;
  return [
    ...[identity, destination].map((workload) => wellKnownEndpoint(workload.name, workload)),
    ...(viz ? [tap, prometheus] : []).map((workload) => wellKnownEndpoint(`linkerd-viz-${workload.name}`, workload)),
  ];
}

const others: EndpointFacts[] = [
  wellKnownEndpoint(wellKnown.dns.name, wellKnown.dns),
  { id: "any-other-pod", namespace: sandboxNamespace, labels: { app: "any-other" } },
  { id: "kubelet", reserved: ["host"] },
  { id: "other-nodes", reserved: ["remote-node"] },
  { id: "kube-apiserver", reserved: ["remote-node", "kube-apiserver"], ports: [{ port: 6443, protocol: "TCP" }] },
  // An address of the block that is kept for documentation.
  { id: "internet", ip: "192.0.2.1", ports: [{ port: 443, protocol: "TCP" }] },
];

/** Who could reach the two workloads, and what they could reach: the rest of the cluster is not the sandbox's to fence. */
function flows(mesh: EndpointFacts[]): Flow[] {
  const strangers = [...mesh, ...others];
  const proxyPorts = META_PORTS.map((port) => ({ port, protocol: "TCP" }));
  const fenced = [podinfo, slowCooker].map(({ name, ports }) => ({
    id: name,
    ports: [...Object.values(ports), ...proxyPorts],
  }));
  const everyone = [...fenced, ...strangers];
  const to = (from: { id: string }, { id, ports = [] }: Pick<EndpointFacts, "id" | "ports">): Flow[] =>
    from.id === id ? [] : ports.map(({ port, protocol = "TCP" }) => ({ from: from.id, to: id, proto: protocol, port }));
  return [
    ...everyone.flatMap((from) => fenced.flatMap((server) => to(from, server))),
    ...fenced.flatMap((from) => strangers.flatMap((server) => to(from, server))),
  ];
}
