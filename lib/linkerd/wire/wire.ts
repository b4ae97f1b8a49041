import type { EndpointMesh } from "../../scenario/scenario";
import { TransportMode } from "../../scenario/transport-mode";

/** The server proxy's inbound port. */
export const INBOUND_PORT = 4143;
/**
 * Ports of the proxy itself: tap (4190), metrics and health (4191). Meshed clients dial them directly and with mTLS: the destination
 * controller leaves out the transport header but not the identity (linkerd2 `endpoint_translator.go`, `isMetaPort`).
 */
export const META_PORTS: readonly number[] = [4190, 4191];
/** `proxy.opaquePorts` of the control plane's chart, for pods without an annotation. */
export const DEFAULT_OPAQUE_PORTS: readonly number[] = [25, 587, 3306, 4444, 5432, 6379, 9300, 11211];
/** `proxyInit.ignoreInboundPorts` and `ignoreOutboundPorts` of the chart: the ports of Galera. */
export const DEFAULT_SKIPPED_PORTS: readonly number[] = [4567, 4568];
/** `proxy.outboundTransportMode` of the chart since edge-25.3.2. */
export const DEFAULT_TRANSPORT_MODE: TransportMode = TransportMode.TransportHeader;

/** A packet as Cilium sees it, outside both pods. */
export interface Wire {
  /** The destination port of the packet. */
  port: number;
  /** Whether it is encrypted and authenticated from proxy to proxy. */
  mtls: boolean;
  /**
   * Whether the application's port travels inside mTLS, where Cilium cannot see it. Allowing this flow allows every port of the destination to this
   * peer (linkerd/linkerd2#15246), and only Linkerd's authorization distinguishes them.
   */
  opensAllPorts?: boolean;
  /** Why the destination's proxy closes the connection even if Cilium allows it. */
  refused?: string;
}

/** One request between two workloads. An absent end is not meshed. */
export interface Request {
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The port that the application connects to, behind any Service; for ICMP, the type. */
  port: number;
  /** The client's sidecar. */
  from?: EndpointMesh | undefined;
  /** The server's sidecar. */
  to?: EndpointMesh | undefined;
}

/**
 * A request as it is on the wire between the pods.
 *
 * For a meshed destination, the outbound proxy replaces the port with 4143: always in the mode `transport-header`, and for opaque ports in both modes.
 * It does not if the port is skipped at either end or is the proxy's own (linkerd2 `controller/api/destination/endpoint_translator.go`). Proxies dial
 * the control plane directly. The inbound redirect to 4143 happens inside the destination's network namespace, after Cilium. Only TCP goes through the
 * proxies.
 *
 * @example
 * const meshed = { injected: true };
 * wireOf({ proto: "TCP", port: 80, from: meshed, to: meshed }, "transparent"); // { port: 4143, mtls: true, … }
 */
export function wireOf({ proto, port, from, to }: Request, mode: TransportMode = DEFAULT_TRANSPORT_MODE): Wire {
  const plain: Wire = { port, mtls: false };
  if (proto.toUpperCase() !== "TCP" || to?.injected !== true) return plain;
  const { inboundPort = INBOUND_PORT, meshedPorts } = to;
  const isUnknown = meshedPorts !== undefined && !meshedPorts.includes(port);
  const bypassed = !sentByProxy(from, port) || inboundSkipped(to, port) || isUnknown;
  if (port === inboundPort && bypassed) return { ...plain, refused: refusedAt(inboundPort) };
  if (bypassed) return plain;
  if (META_PORTS.includes(port) || to.directPorts?.includes(port)) return { port, mtls: true };
  if (mode === TransportMode.TransportHeader || opaque(to, port)) {
    return { port: inboundPort, mtls: true, opensAllPorts: true };
  }
  return { port, mtls: true };
}

/** linkerd2-proxy `app/inbound/src/direct.rs`: "TLS is required", "Client connections must have an identity". */
const refusedAt = (port: number) => `port ${port} accepts only mutual TLS from another proxy`;

/** Whether the server's proxy applies its policy to a port: not if there is no proxy, nor to ports that bypass it or are its own, except 4191. */
export function judgedByProxy(to: EndpointMesh | undefined, port: number): boolean {
  if (to?.injected !== true || port === TAP_PORT) return false;
  // A gateway has a policy for the traffic that it forwards.
  if (port === (to.inboundPort ?? INBOUND_PORT) && !to.directPorts?.includes(port)) return false;
  return !inboundSkipped(to, port);
}

/** Whether a connection to a port goes through the client's own proxy: not if there is no proxy, nor if the port bypasses it. */
export function sentByProxy(from: EndpointMesh | undefined, port: number): boolean {
  return from?.injected === true && !outboundSkipped(from, port);
}

const TAP_PORT = 4190;

function outboundSkipped({ skipOutboundPorts = [...DEFAULT_SKIPPED_PORTS] }: EndpointMesh, port: number): boolean {
  return skipOutboundPorts.includes(port);
}

function inboundSkipped({ skipInboundPorts = [...DEFAULT_SKIPPED_PORTS] }: EndpointMesh, port: number): boolean {
  return skipInboundPorts.includes(port);
}

function opaque({ opaquePorts = [...DEFAULT_OPAQUE_PORTS] }: EndpointMesh, port: number): boolean {
  return opaquePorts.includes(port);
}

/** The union of two lists of ports, sorted. */
export function unionOfPorts(some: readonly number[], more: readonly number[]): number[] {
  return [...new Set([...some, ...more])].sort((a, b) => a - b);
}
