import type { PolicyManifest } from "../../cilium/api/policy";
import { type EgressPeer, isIngressPeer, Peer } from "../../cilium/model/peer";
import { type Port, Port as Ports } from "../../cilium/model/port";
import { getOrMake } from "../../common/maps";
import { type Problem, ProblemError } from "../../common/problem";
import { fenceManifests } from "../../fence/fence";
import type { Edge } from "../../fence/intent";
import type { Workload } from "../../fence/workload";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT } from "../../linkerd/wire/wire";
import type { EndpointFacts } from "../../scenario/scenario";
import type { TransportMode } from "../../scenario/transport-mode";
import type { Party } from "../party";
import type { TrafficEdge } from "../traffic";
import { type Evidence, evidenceOf } from "./evidence";
import { peerOf, type SelectorOf } from "./rules";

/** An edge of a Fence, with the traffic that it was learned from. */
export interface LearnedEdge {
  edge: Edge;
  seen: Evidence[];
}

/** An edge that passed, with its endpoints and its port on the wire. */
export interface PassedEdge {
  edge: TrafficEdge;
  from: EndpointFacts;
  to: EndpointFacts;
  wire: number;
  /** Whether a policy has to be made of the caller's egress, and of the callee's ingress: those that are there do not admit it. */
  egress: boolean;
  ingress: boolean;
  /** Whether policies that are there bind the caller's egress already. */
  bound: boolean;
}

/**
 * Traffic as edges of a `Fence`, which makes policies and adds what the mesh needs. An end whose policies already admit the edge becomes a peer,
 * which gets no policy, and an edge that both ends admit is left out. Without ICMP, which a Fence cannot express, and without what a node sends to
 * its own pods, which needs no policy.
 *
 * @param nameOf The name of a workload, by which the Fence names its policies.
 */
export function fenceEdges(
  passed: readonly PassedEdge[],
  selectorOf: SelectorOf,
  nameOf: (endpoint: EndpointFacts) => string,
): LearnedEdge[] {
  const edges = new Map<string, LearnedEdge>();
  const names = new Map<string, string>();
  const named = (endpoint: EndpointFacts) =>
    workloadOf(endpoint, selectorOf, () => getOrMake(names, endpoint.id, () => nameOf(endpoint)));
  for (const { edge, from, to, wire, egress: mine, ingress: theirs, bound } of passed) {
    if ((!mine && !theirs) || edge.protocol.startsWith("ICMP") || (isAddedByFence(from, to) && !bound)) continue;
    // A client is never identified by a DNS name.
    const caller = mine ? named(from) : outside(from, { ...edge.from, names: new Set() }, selectorOf);
    const callee = theirs ? named(to) : outside(to, edge.to, selectorOf);
    if (caller === undefined || callee === undefined || ("kind" in caller && !isIngressPeer(caller))) continue;
    const key = JSON.stringify([caller, callee]);
    const one = getOrMake(edges, key, () => ({ edge: { from: caller, to: callee, ports: [] }, seen: [] }));
    const port = portOf(edge, mine && theirs ? (edge.port ?? wire) : wire);
    if (!one.edge.ports.some(({ number, protocol }) => number === port.number && protocol === port.protocol))
      one.edge.ports.push(port);
    one.seen.push(evidenceOf(edge));
  }
  return [...edges.values()];
}

/** The policies of a Fence of these edges. */
export function fencedBy(
  edges: readonly LearnedEdge[],
  transportMode: TransportMode,
): { policies: PolicyManifest[]; problems: Problem[] } {
  if (edges.length === 0) return { policies: [], problems: [] };
  try {
    return { policies: fenceManifests({ edges: edges.map(({ edge }) => edge), transportMode }), problems: [] };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { policies: [], problems: error.problems.map((one) => ({ ...one, object: error.subject })) };
  }
}

/** Whether a Fence adds the edge by itself: DNS and the control plane; or needs none: a node always reaches its own pods. */
function isAddedByFence(from: EndpointFacts, to: EndpointFacts): boolean {
  if (from.reserved?.includes("host") === true) return true;
  if (to.namespace === "kube-system" && to.labels?.["k8s-app"] === "kube-dns") return true;
  return from.mesh?.injected === true && to.labels?.["linkerd.io/control-plane-component"] !== undefined;
}

function workloadOf(endpoint: EndpointFacts, selectorOf: SelectorOf, nameOf: () => string): Workload | undefined {
  const { namespace, mesh } = endpoint;
  const matchLabels = selectorOf(endpoint);
  if (namespace === undefined || matchLabels === undefined) return undefined;
  const meshed = mesh?.injected === true;
  return {
    name: nameOf(),
    namespace,
    endpoints: { matchLabels },
    ...(!meshed && { meshed }),
    ...(meshed && mesh.opaquePorts !== undefined && !isDefault(mesh.opaquePorts) && { opaquePorts: mesh.opaquePorts }),
    ...(meshed && mesh.skipInboundPorts !== undefined && { skipInboundPorts: mesh.skipInboundPorts }),
  };
}

const isDefault = (ports: readonly number[]) => ports.join() === DEFAULT_OPAQUE_PORTS.join();

function outside(endpoint: EndpointFacts, { kind, ip, names }: Party, selectorOf: SelectorOf): EgressPeer | undefined {
  const [name] = names ?? [];
  if (kind === "address" && name !== undefined) return Peer.fqdn(name);
  if (kind === "address" && ip !== undefined) return Peer.cidr(`${ip}/${ip.includes(":") ? 128 : 32}`);
  // Relative to no namespace, so that the peer names its own.
  return peerOf(endpoint, {}, selectorOf);
}

function portOf({ protocol, port }: TrafficEdge, number: number): Port {
  if (protocol === "UDP") return Ports.udp(number);
  if (protocol === "SCTP") return Ports.sctp(number);
  return Ports.tcp(port === undefined ? INBOUND_PORT : number);
}
