import { type IngressPeer, Peer } from "../cilium/model/peer";
import { Port, Protocol } from "../cilium/model/port";
import { meshPorts } from "../linkerd/wire/ports";
import { DEFAULT_OPAQUE_PORTS, DEFAULT_SKIPPED_PORTS, META_PORTS } from "../linkerd/wire/wire";
import { TransportMode } from "../scenario/transport-mode";

/** The facts about a Linkerd installation that policies depend on. */
export interface MeshSettings {
  /** The control plane's `proxy.outboundTransportMode`. */
  transportMode: TransportMode;
  /** Default `linkerd`. */
  controlPlaneNamespace?: string;
  /** The namespace of the viz extension. Default `linkerd-viz`. If it is not installed, its rules admit nobody. */
  vizNamespace?: string;
  /** The DNS server. Default: kube-dns in kube-system. */
  dns?: IngressPeer;
}

/** A flow that a meshed pod needs in addition to its application's own. */
export interface MeshFlow {
  /** Its purpose, in one word. */
  id: "dns" | "identity" | "destination" | "policy" | "tap" | "metrics";
  /** Seen from the meshed pod. */
  direction: "ingress" | "egress";
  /** Who is at the other end. */
  peer: IngressPeer;
  /** The ports on the wire, at the dialled end. */
  ports: Port[];
  /** What stops working without it. */
  purpose: string;
}

/**
 * The flows that the proxy of a meshed pod starts itself. Without them the proxy never becomes ready, and as a native sidecar it then keeps the
 * application from starting. In a running pod, it continues with what it knows until its certificate expires after 24 hours.
 *
 * Sources: linkerd2 edge-26.8.3 `charts/partials/templates/_proxy.tpl` (addresses), linkerd2-proxy `linkerd/dns` (SRV and A
 * records of the headless Services).
 *
 * @example
 * meshedEgress().map(({ peer, ports }) => ({ to: [peer], ports })); // the egress of a policy for meshed pods
 */
export function meshedEgress({
  controlPlaneNamespace = "linkerd",
  dns = clusterDns,
}: Partial<MeshSettings> = {}): MeshFlow[] {
  const controlPlane = (id: "identity" | "destination" | "policy", purpose: string): MeshFlow => ({
    id,
    direction: "egress",
    peer: Peer.namespace(controlPlaneNamespace),
    ports: [Port.tcp(meshPorts[id])],
    purpose,
  });
  return [
    {
      id: "dns",
      direction: "egress",
      peer: dns,
      ports: [Port.udp(meshPorts.dns), Port.tcp(meshPorts.dns)],
      purpose: "the proxy resolves the control plane, and the application its peers, by DNS",
    },
    controlPlane("identity", "the proxy gets and renews its mTLS certificate from linkerd-identity"),
    controlPlane(
      "destination",
      "the proxy learns the endpoints of Services and which of them are meshed from linkerd-destination",
    ),
    controlPlane("policy", "the proxy learns what it may admit and route from linkerd-policy"),
  ];
}

/**
 * The flows from others to the proxy of a meshed pod. The kubelet's probes on 4191 need no rule, because a pod's own node can always reach it.
 *
 * Source: linkerd2 edge-26.8.3 `viz/tap/api/main.go`, `viz/charts/linkerd-viz/templates/prometheus.yaml`. Nothing in the control
 * plane's own namespace dials data-plane pods since viz left it in 2.10.
 *
 * @example
 * meshedIngress({ vizNamespace: "viz" }).map(({ peer, ports }) => ({ from: [peer], ports }));
 */
export function meshedIngress({ vizNamespace = "linkerd-viz" }: Partial<MeshSettings> = {}): MeshFlow[] {
  const viz = (id: "tap" | "metrics", port: number, purpose: string): MeshFlow => ({
    id,
    direction: "ingress",
    peer: Peer.namespace(vizNamespace),
    ports: [Port.tcp(port)],
    purpose,
  });
  return [
    viz("tap", meshPorts.tap, "`linkerd viz tap` and `top` watch requests at the proxy"),
    viz(
      "metrics",
      meshPorts.admin,
      "Prometheus of viz scrapes the proxy, on which `linkerd viz stat` and `edges` rest",
    ),
  ];
}

/** Merges flows with the same peer into one rule, so that policies stay short. */
export function mergedByPeer(flows: readonly MeshFlow[]): { peer: IngressPeer; ports: Port[] }[] {
  const merged = new Map<string, { peer: IngressPeer; ports: Port[] }>();
  for (const { peer, ports } of flows) {
    const key = JSON.stringify(peer);
    const rule = merged.get(key);
    if (rule) rule.ports.push(...ports);
    else merged.set(key, { peer, ports: [...ports] });
  }
  return [...merged.values()];
}

const clusterDns = Peer.namespace("kube-system", { "k8s-app": "kube-dns" });

/** The facts about one end of a flow that determine its ports on the wire. */
export interface MeshedEnd {
  meshed: boolean;
  /** The server's opaque ports. Default: the chart's `proxy.opaquePorts`. */
  opaquePorts?: readonly number[];
  /** The server's `config.linkerd.io/skip-inbound-ports`. Default: the chart's `proxyInit.ignoreInboundPorts`. */
  skipInboundPorts?: readonly number[];
}

/**
 * The ports to open so that `ports` of the application work between the two ends.
 *
 * The application's own ports are always included: unmeshed pods use them, and so do meshed ones while the server is not injected yet. Between two
 * meshed ends, 4143 is added: always in the mode `transport-header`, and for opaque ports in `transparent`. Opening 4143 opens every port of the server
 * to meshed clients.
 */
export function portsToOpen(ports: readonly Port[], from: MeshedEnd, to: MeshedEnd, mode: TransportMode): Port[] {
  const opened = [...ports];
  const already = ports.some((port) => covers(port, meshPorts.inbound));
  if (from.meshed && to.meshed && !already && ports.some((port) => travelsInside(port, to, mode)))
    opened.push(Port.tcp(meshPorts.inbound));
  return opened;
}

/** Whether any of the port's connections go to the server's proxy on 4143. */
function travelsInside(port: Port, to: MeshedEnd, mode: TransportMode): boolean {
  if (port.protocol !== Protocol.Tcp && port.protocol !== Protocol.Any) return false;
  const { opaquePorts = DEFAULT_OPAQUE_PORTS, skipInboundPorts = DEFAULT_SKIPPED_PORTS } = to;
  if (mode === TransportMode.Transparent)
    return opaquePorts.some((opaque) => covers(port, opaque) && !skipInboundPorts.includes(opaque));
  const single = port.endPort === undefined || port.endPort === port.number;
  const direct = [...META_PORTS, ...skipInboundPorts];
  return !(single && port.number !== undefined && direct.includes(port.number));
}

function covers({ number, endPort, all, protocol }: Port, tcpPort: number): boolean {
  if (protocol !== Protocol.Tcp && protocol !== Protocol.Any) return false;
  return all === true || (number !== undefined && number <= tcpPort && tcpPort <= (endPort ?? number));
}
