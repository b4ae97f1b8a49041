import { OPAQUE_PORTS_ANNOTATION } from "../../linkerd/policy/workload";
import { DEFAULT_OPAQUE_PORTS, unionOfPorts } from "../../linkerd/wire/wire";
import type { EndpointFacts, EndpointMesh, InboundFacts } from "../../scenario/scenario";
import type { NamespaceMesh } from "../manifests/namespace-mesh";
import type { LinkerdSettings } from "../manifests/settings/linkerd";
import type { Workload } from "../manifests/workloads";

/**
 * A workload's endpoint after injection, which gives pods without annotations the opaque ports and the skipped ports of the chart's values.
 */
export function asInjected(
  { endpoint, opaque: said }: Pick<Workload, "endpoint" | "opaque">,
  settings: LinkerdSettings,
): Workload["endpoint"] {
  if (endpoint.mesh === undefined || !endpoint.mesh.injected) return endpoint;
  const { mesh } = endpoint;
  const { skipInboundPorts, skipOutboundPorts } = { ...portsOf(settings), ...portsOf(mesh) };
  const skipSubnets = mesh.skipSubnets ?? settings.skipSubnets;
  const own = said === undefined ? mesh.opaquePorts : said.own;
  const base = own ?? settings.opaquePorts;
  const opaque = said === undefined ? base : unionOfPorts(base ?? DEFAULT_OPAQUE_PORTS, said.byServices);
  const made: EndpointMesh = {
    ...mesh,
    ...(skipInboundPorts !== undefined && { skipInboundPorts }),
    ...(skipOutboundPorts !== undefined && { skipOutboundPorts }),
    ...(skipSubnets !== undefined && { skipSubnets }),
    ...(opaque !== undefined && { opaquePorts: [...opaque] }),
  };
  return { ...endpoint, mesh: made };
}

/**
 * What Linkerd's policy controller reads of a workload after injection. The injector writes the chart's opaque ports that a container declares into
 * the annotation of a pod without one (`proxy-injector/webhook.go`), and the policy controller reads only that annotation.
 */
export function inboundAsInjected(
  inbound: InboundFacts,
  { ports = [] }: EndpointFacts,
  settings: LinkerdSettings,
): InboundFacts {
  const { annotations = {} } = inbound;
  if (annotations[OPAQUE_PORTS_ANNOTATION] !== undefined) return inbound;
  const chart = settings.opaquePorts ?? DEFAULT_OPAQUE_PORTS;
  const declared = new Set(ports.map(({ port }) => port));
  const opaque = chart.filter((port) => declared.has(port));
  if (opaque.length === 0) return inbound;
  return { ...inbound, annotations: { ...annotations, [OPAQUE_PORTS_ANNOTATION]: opaque.join(",") } };
}

/** What injection adds to a pod without annotations. */
export function injectionOf(
  said: NamespaceMesh | undefined,
  settings: LinkerdSettings = {},
): { mesh: EndpointMesh; inbound?: InboundFacts } {
  const { mesh = { injected: true }, inbound } = said ?? {};
  const { mesh: made = mesh } = asInjected({ endpoint: { id: "", namespace: "", labels: {}, mesh } }, settings);
  return { mesh: made, ...(inbound !== undefined && { inbound }) };
}

type Ports = Pick<EndpointMesh, "skipInboundPorts" | "skipOutboundPorts">;

const portsOf = ({ skipInboundPorts, skipOutboundPorts }: Ports): Ports => ({
  ...(skipInboundPorts !== undefined && { skipInboundPorts }),
  ...(skipOutboundPorts !== undefined && { skipOutboundPorts }),
});
