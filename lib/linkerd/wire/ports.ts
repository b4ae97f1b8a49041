import { INBOUND_PORT } from "./wire";

/**
 * The ports of a Linkerd mesh, as its charts of edge-26.8.3 set them. Sources: linkerd2
 * `charts/linkerd-control-plane/values.yaml` (`proxy.ports`), its `templates/{destination,identity}.yaml`, and
 * `viz/charts/linkerd-viz/templates`.
 */
export const meshPorts = {
  /** Accepts connections from other proxies (`proxy.ports.inbound`). */
  inbound: INBOUND_PORT,
  /** Accepts connections from the proxy's own application, on loopback only, never on the wire (`proxy.ports.outbound`). */
  outbound: 4140,
  /** Serves tap to viz (`proxy.ports.control`). */
  tap: 4190,
  /** A proxy's metrics, and its probes for the kubelet (`proxy.ports.admin`). */
  admin: 4191,
  /** linkerd-identity, which signs each proxy's certificate (identity.yaml). Dialled at startup and then once a day. */
  identity: 8080,
  /** linkerd-destination, which tells a proxy the endpoints of a Service (destination.yaml). */
  destination: 8086,
  /** linkerd-policy, which tells a proxy what it may admit (destination.yaml). */
  policy: 8090,
  /** kube-dns. A proxy resolves the three above by DNS; UDP is not proxied, TCP is the fallback for long answers. */
  dns: 53,
} as const;

/** The ports that every meshed pod dials in the control plane's namespace: TCP, directly to pods (headless Services). */
export const controlPlanePorts = [meshPorts.identity, meshPorts.destination, meshPorts.policy] as const;

/**
 * The names of the proxy's own container ports (`charts/partials/templates/_proxy.tpl`). Policies cannot use them: the proxy is a native sidecar by
 * default (`proxy.nativeSidecar: true` since edge-26.5.2), which is an init container, and Cilium only reads the ports of `spec.containers`
 * (Cilium `pkg/k8s/labels.go`).
 */
export const meshPortNames = {
  "linkerd-proxy": meshPorts.inbound,
  "linkerd-admin": meshPorts.admin,
} as const;
