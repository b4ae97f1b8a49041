/**
 * How a meshed client carries a request to a meshed server, Linkerd's `proxy.outboundTransportMode`.
 *
 * - `transparent`: the packet keeps the application's port, so an L4 policy means what it says.
 * - `transport-header` (the chart's default since edge-25.3.2): the packet goes to the server proxy's inbound port 4143 and
 *   the application's port travels inside mTLS, where Cilium cannot see it. A policy that names the application's port
 *   blocks every meshed request; one that names 4143 admits every port of the pod.
 *
 * Measured on a live cluster with Cilium v1.20.2 and Linkerd edge-26.8.3; cf. linkerd/linkerd2#15246.
 * @enum
 */
export const TransportMode = {
  /** Packets keep the application's port. */
  Transparent: "transparent",
  /** Packets go to port 4143 of the server proxy. */
  TransportHeader: "transport-header",
} as const;
export type TransportMode = (typeof TransportMode)[keyof typeof TransportMode];
