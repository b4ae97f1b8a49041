import { append } from "../../common/maps";
import type { ReplacedAddress } from "../../scenario/lint-facts";
import type { ClusterFacts, EndpointFacts, LedTo, NamedPort, Scenario } from "../../scenario/scenario";
import type { Manifests } from "../manifests/read";
import { doubtOfPod, type ServiceManifest, selectsPod } from "../manifests/service-manifest";
import { portsBehind } from "./frontends";

/** The id of clients outside that a node leads to pods on another. */
export const THROUGH_A_NODE = "world through a node";
/** The same through a node that runs the API server, whose identity that node has as well. */
export const THROUGH_A_CONTROL_PLANE_NODE = "world through a control-plane node";

/**
 * Adds clients outside that come by a NodePort, a LoadBalancer or `externalIPs`, through a node that does not run the pod. Unless its
 * `externalTrafficPolicy` is `Local`, that node replaces their address by its own, and where packets between nodes are not in tunnels they are a
 * `remote-node` to the pod's policy (Cilium's documentation, "Security Identity for N/S Service Traffic"): whoever admits nodes admits them.
 *
 * @param isAgentSeen Whether the agent's configuration is known.
 * @param other The state that it is compared with: who is led on one side only is represented on both.
 */
export function withClientsThroughNodes(
  given: Scenario,
  {
    services,
    policies,
    isAgentSeen = false,
  }: Pick<Manifests, "services" | "policies"> & { isAgentSeen?: boolean | undefined },
  other: Pick<Manifests, "services" | "policies"> = { services: [], policies: [] },
): Scenario {
  const cluster = withRouting(given.cluster, isAgentSeen);
  const endpoints = withPortsOf(services, given.endpoints);
  const led = ledBy(services, endpoints, (service, proto) => doubtsOfNode(service, proto, cluster));
  const isThere = led.length > 0 || other.services.some(({ outside }) => outside !== undefined);
  if (!isThere || !endpoints.some(({ id }) => id === "world")) return given;
  const client: EndpointFacts = {
    id: THROUGH_A_NODE,
    reserved: ["remote-node"],
    led,
    representative: { foldsInto: ["world"] },
  };
  // A server that is outside the cluster, as providers run it, is on none of its nodes.
  const isOnNode = endpoints.some(
    ({ reserved = [] }) => reserved.includes("kube-apiserver") && reserved.includes("remote-node"),
  );
  // Without a policy that tells such nodes from others there is nothing to say of them.
  const isTold = [...policies, ...other.policies].some(({ manifest }) => namesApiServer(manifest));
  const throughControlPlane: EndpointFacts = {
    ...client,
    id: THROUGH_A_CONTROL_PLANE_NODE,
    reserved: ["kube-apiserver", "remote-node"],
    representative: { foldsInto: [THROUGH_A_NODE, "world"] },
  };
  return { ...given, endpoints: [...endpoints, client, ...(isOnNode && isTold ? [throughControlPlane] : [])] };
}

/**
 * Where the address of clients outside is replaced, whatever the policy then sees of them: the node or, in tunnels, somebody outside whose address
 * no block holds.
 */
export function replacedAddresses(
  { endpoints, cluster }: Scenario,
  { services, isAgentSeen = false }: Pick<Manifests, "services"> & { isAgentSeen?: boolean | undefined },
): ReplacedAddress[] {
  const { nativeRouting } = withRouting(cluster, isAgentSeen) ?? {};
  const as = nativeRouting === undefined ? undefined : nativeRouting ? "remote-node" : "world";
  return ledBy(services, endpoints, (service, proto) => doubtsOfAddress(service, proto, cluster)).map((led) => ({
    ...led,
    ...(as && { as }),
    ...(cluster?.kubeProxyReplacement === false && { atOwnNode: true as const }),
  }));
}

/** Agents that are told nothing of it tunnel. */
function withRouting(cluster: ClusterFacts | undefined, isAgentSeen: boolean): ClusterFacts | undefined {
  const isTold = cluster?.nativeRouting !== undefined || cluster?.unknown?.nativeRouting !== undefined;
  return isAgentSeen && !isTold ? { ...cluster, nativeRouting: false } : cluster;
}

const namesApiServer = (manifest: unknown) => /kube-apiserver|node-role\.kubernetes\.io/.test(JSON.stringify(manifest));

function ledBy(
  services: readonly ServiceManifest[],
  endpoints: readonly EndpointFacts[],
  doubtsOf: (service: ServiceManifest, proto: string) => string[] | undefined,
): LedTo[] {
  return services.flatMap((service) => {
    const behind = behindService(service, endpoints);
    return (service.outside === undefined ? [] : (service.ports ?? [])).flatMap((entry) => {
      const { protocol: proto = "TCP" } = entry;
      const doubts = doubtsOf(service, proto);
      if (doubts === undefined) return [];
      const missing = [...doubts, ...(entry.unknownTarget === undefined ? [] : [entry.unknownTarget])];
      const place = service.outside?.place;
      const named = { service: `${service.namespace}/${service.name}`, proto, ...(place && { place }) };
      return portsBehind(entry, behind).map(
        (backend): LedTo => ({ ...named, ...backend, ...(missing.length > 0 && { missing: missing.join(", and ") }) }),
      );
    });
  });
}

/** The pods behind a Service: those that are known or, where it selects none of them, all that it may select. */
function behindService(service: ServiceManifest, endpoints: readonly EndpointFacts[]): EndpointFacts[] {
  const own = endpoints.filter(({ namespace, reserved }) => namespace === service.namespace && reserved === undefined);
  const known = own.filter(
    (endpoint) =>
      endpoint.representative === undefined &&
      (selectsPod(service, endpoint) || doubtOfPod(service, endpoint) !== undefined),
  );
  const wanted = Object.entries(service.selector ?? {});
  if (known.length > 0 || wanted.length === 0) return known;
  return own.filter(
    ({ representative, labels = {} }) =>
      representative !== undefined &&
      wanted.every(([key, value]) => labels[key] === undefined || labels[key] === value),
  );
}

/** Asks at the ports of Services about the pods that stand for those behind them; pods that are known are asked there anyway. */
function withPortsOf(services: readonly ServiceManifest[], endpoints: readonly EndpointFacts[]): EndpointFacts[] {
  const asked = new Map<string, NamedPort[]>();
  for (const service of services) {
    if (service.outside === undefined) continue;
    for (const { id, representative } of behindService(service, endpoints))
      for (const { port, targetPort = port, protocol = "TCP" } of representative === undefined
        ? []
        : (service.ports ?? []))
        if (typeof targetPort === "number") append(asked, id, { port: targetPort, protocol });
  }
  return endpoints.map((endpoint) => {
    const isKnown = ({ port, protocol }: NamedPort) =>
      endpoint.ports?.some((one) => one.port === port && (one.protocol ?? "TCP") === protocol) === true;
    const more = (asked.get(endpoint.id) ?? []).filter((port) => !isKnown(port));
    return more.length === 0 ? endpoint : { ...endpoint, ports: [...(endpoint.ports ?? []), ...more] };
  });
}

/** What would have to be known to say that a pod sees a node in place of the client. Undefined: it sees somebody outside. */
function doubtsOfNode(service: ServiceManifest, proto: string, cluster: ClusterFacts = {}): string[] | undefined {
  const { nativeRouting, unknown = {} } = cluster;
  if (nativeRouting === false) return undefined;
  const doubts = doubtsOfAddress(service, proto, cluster);
  if (doubts === undefined || nativeRouting === true) return doubts;
  return [
    ...doubts,
    unknown.nativeRouting ?? "whether Cilium tunnels between nodes (routing-mode), which nothing here says",
  ];
}

/** What would have to be known to say that a pod does not see the client's address. Undefined: it does. */
function doubtsOfAddress(
  { outside, forwardingMode }: ServiceManifest,
  proto: string,
  { kubeProxyReplacement, loadBalancerMode = "snat", unknown = {} }: ClusterFacts = {},
): string[] | undefined {
  const doubts = outside?.missing === undefined ? [] : [outside.missing];
  // kube-proxy always puts the node in place of the client.
  if (kubeProxyReplacement !== true) return doubts;
  if (unknown.loadBalancerMode !== undefined) return [...doubts, unknown.loadBalancerMode];
  const keepsClient = loadBalancerMode === "dsr" || (loadBalancerMode === "hybrid" && proto === "TCP");
  if (forwardingMode !== undefined && (forwardingMode === "dsr") !== keepsClient)
    return [...doubts, "whether agents read service.cilium.io/forwarding-mode (bpf-lb-mode-annotation)"];
  return keepsClient ? undefined : doubts;
}
