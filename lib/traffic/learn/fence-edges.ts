import { type EgressPeer, isIngressPeer, Peer } from "../../cilium/model/peer";
import { type Port, Port as Ports } from "../../cilium/model/port";
import { getOrMake } from "../../common/maps";
import type { Edge, Workload } from "../../fence/intent";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT } from "../../linkerd/wire/wire";
import type { EndpointFacts } from "../../scenario/scenario";
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
}

/**
 * Traffic as edges of a `Fence`, which makes the policies of both ends and adds what the mesh needs. Without ICMP, which a Fence cannot express, and
 * without what a node sends to its own pods, which needs no policy.
 */
export function fenceEdges(
  passed: readonly PassedEdge[],
  isOwn: (endpoint: EndpointFacts) => boolean,
  selectorOf: SelectorOf,
): LearnedEdge[] {
  const edges = new Map<string, LearnedEdge>();
  for (const { edge, from, to, wire } of passed) {
    const [mine, theirs] = [isOwn(from), isOwn(to)];
    if ((!mine && !theirs) || edge.protocol.startsWith("ICMP") || isAddedByFence(from, to)) continue;
    const caller = mine ? workloadOf(from, selectorOf) : outside(from, edge.from, selectorOf);
    const callee = theirs ? workloadOf(to, selectorOf) : outside(to, edge.to, selectorOf);
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

/** Whether a Fence adds the edge by itself: DNS and the control plane; or needs none: a node always reaches its own pods. */
function isAddedByFence(from: EndpointFacts, to: EndpointFacts): boolean {
  if (from.reserved?.includes("host") === true) return true;
  if (to.namespace === "kube-system" && to.labels?.["k8s-app"] === "kube-dns") return true;
  return from.mesh?.injected === true && to.labels?.["linkerd.io/control-plane-component"] !== undefined;
}

function workloadOf(endpoint: EndpointFacts, selectorOf: SelectorOf): Workload | undefined {
  const { id, namespace, mesh } = endpoint;
  const matchLabels = selectorOf(endpoint);
  if (namespace === undefined || matchLabels === undefined) return undefined;
  const meshed = mesh?.injected === true;
  return {
    name: id.slice(id.indexOf("/") + 1),
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
