import { type PeerLists, peerLists } from "../../cilium/api/peer-lists";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { possibleRules, ruleItems } from "../../cilium/api/rule-items";
import { policyNamespace } from "../../cilium/policy/entries";
import { append } from "../../common/maps";
import { parseAddress, parsePrefixOrAddress } from "../../kubernetes/cidr";
import { PrefixSet } from "../../kubernetes/prefix-set";
import type { ReplacedAddress } from "../../scenario/lint-facts";
import type { ClusterFacts, EndpointFacts, ForwardedPort, NamedPort, Scenario, SeenAs } from "../../scenario/scenario";
import type { Manifests } from "../manifests/read";
import { type ServiceManifest, selectsPod, unknownSelection } from "../manifests/service-manifest";
import { blocksNamed } from "./authorized-blocks";
import { tellsControlPlaneApart } from "./control-plane-peers";
import { portsBehind } from "./frontends";

/** The id of clients outside whose connections a node forwards to pods on another node. */
export const THROUGH_A_NODE = "world through a node";
/** The same through a node that runs the API server, and so has its identity as well. */
export const THROUGH_A_CONTROL_PLANE_NODE = "world through a control-plane node";

/**
 * The same through the pod's own node, where kube-proxy hides their address as well. Used only for blocks: other clients are the world there as
 * elsewhere.
 */
const THROUGH_ITS_OWN_NODE = "world through the pod's own node";

/** The parts of a state that decide which outside clients come in through nodes. */
type NodeTraffic = Pick<Manifests, "services" | "policies" | "agent"> &
  Partial<Pick<Manifests, "authorization" | "undecidedAuthorization">>;

/**
 * Adds outside clients of a NodePort, a LoadBalancer or `externalIPs` that come through a node that does not run the pod. Unless the Service's
 * `externalTrafficPolicy` is `Local`, that node replaces their address with its own. Without tunnels between nodes, the pod's policy then sees a
 * `remote-node` (Cilium's documentation, "Security Identity for N/S Service Traffic"), so a rule that admits nodes admits them. Clients in a block
 * that policies distinguish are added as well, because the block does not match them there.
 *
 * @param isAgentSeen Whether the agent's configuration is known.
 * @param other The other state of a comparison: clients that come this way in only one state are represented in both.
 */
export function withClientsThroughNodes(
  given: Scenario,
  state: NodeTraffic & { isAgentSeen?: boolean | undefined },
  other?: NodeTraffic,
): Scenario {
  const { services, policies, agent, isAgentSeen = false } = state;
  const cluster = withRouting(given.cluster, isAgentSeen);
  const endpoints = withServicePorts(services, given.endpoints);
  const forwardedTo = (unknownsOf: UnknownsOf) => [
    ...forwardedBy(services, endpoints, unknownsOf),
    ...forwardedOnlyByOther(other?.services ?? [], services, endpoints, unknownsOf),
  ];
  const led = forwardedTo((service, proto) => unknownsOfNode(service, proto, cluster));
  const replaced = forwardedTo((service, proto) => unknownsOfAddress(service, proto, cluster));
  const outer = [...services, ...(other?.services ?? [])].filter(({ outside }) => outside !== undefined);
  const namespaces = new Set(outer.map(({ namespace }) => namespace));
  const isCompared = other !== undefined && outer.length > 0;
  if (!endpoints.some(({ id }) => id === "world")) return given;
  const client: EndpointFacts = {
    id: THROUGH_A_NODE,
    reserved: ["remote-node"],
    forwardedTo: led,
    representative: { foldsInto: ["world"] },
  };
  // An API server that a cloud provider runs is on none of the nodes.
  const isOnNode = endpoints.some(
    ({ reserved = [] }) => reserved.includes("kube-apiserver") && reserved.includes("remote-node"),
  );
  const allPolicies = [...policies, ...(other?.policies ?? [])];
  // Only policies that name the control plane distinguish such nodes from others.
  const namesControlPlane = allPolicies.some(({ manifest }) => tellsControlPlaneApart(manifest));
  const throughControlPlane: EndpointFacts = {
    ...client,
    id: THROUGH_A_CONTROL_PLANE_NODE,
    reserved: ["kube-apiserver", "remote-node"],
    representative: { foldsInto: [THROUGH_A_NODE, "world"] },
  };
  const throughOwnNode: EndpointFacts = {
    ...client,
    id: THROUGH_ITS_OWN_NODE,
    representative: { foldsInto: [THROUGH_A_NODE, "world"] },
  };
  const nodes = [client, ...(isOnNode && namesControlPlane ? [throughControlPlane] : [])];
  const throughAnother = replaced.map((one) => seenThroughNode(one, cluster));
  const hasKubeProxy = [cluster, agent, other?.agent].some((one) => one?.kubeProxyReplacement === false);
  const throughOwn = hasKubeProxy
    ? replaced.filter(() => cluster?.kubeProxyReplacement === false).map(seenByKubeProxy)
    : undefined;
  const added = [
    ...(led.length > 0 || isCompared ? nodes : []),
    ...(replaced.length === 0 && !isCompared
      ? []
      : distinguished(
          [...blocksInIngress(policiesIn(allPolicies, namespaces)), ...authorizedIn(state), ...authorizedIn(other)],
          endpoints,
        )
    ).flatMap((block) => [
      ...nodes.map((node) => clientsOfBlock(block, node, throughAnother)),
      ...(throughOwn === undefined ? [] : [clientsOfBlock(block, throughOwnNode, throughOwn)]),
    ]),
  ];
  return added.length === 0 ? given : { ...given, endpoints: [...endpoints, ...added] };
}

/** A block, a group of blocks, or groups by their labels. */
type Blocks = NonNullable<PeerLists["cidrSets"]>[number];

/** The policies that may apply to pods of some namespaces. */
function policiesIn(policies: NodeTraffic["policies"], namespaces: ReadonlySet<string>): EvaluatedPolicy[] {
  return policies
    .map(({ manifest }) => manifest)
    .filter((policy) => namespaces.has(policyNamespace(policy) ?? "") || policyNamespace(policy) === undefined);
}

/** The clients of a block that come in the same way as some clients do. */
function clientsOfBlock(
  block: string,
  { id, reserved = [], representative }: EndpointFacts,
  led: readonly ForwardedPort[],
): EndpointFacts {
  const idOf = (through: string) => through.replace(/^world/, block);
  // With the same verdicts as clients from anywhere on this way, or as the block on the direct way, they need not be shown.
  const foldsInto = [id, ...(representative?.foldsInto ?? [])].flatMap((one) => [...new Set([idOf(one), one])]);
  return {
    id: idOf(id),
    reserved,
    block,
    forwardedTo: led,
    representative: { foldsInto: foldsInto.filter((one) => one !== idOf(id)) },
  };
}

function seenThroughNode(led: ForwardedPort, { nativeRouting, unknown }: ClusterFacts = {}): ForwardedPort {
  const seenAs: SeenAs[] = [
    ...(nativeRouting === false ? [] : (["node"] as const)),
    ...(nativeRouting === true ? [] : (["world"] as const)),
    ...(led.missing === undefined ? [] : (["themselves"] as const)),
  ];
  const missing = [led.missing, nativeRouting === undefined ? unknownRouting(unknown) : undefined].flatMap(
    (one) => one ?? [],
  );
  return { ...led, seenAs, ...(missing.length > 0 && { missing: missing.join(", and ") }) };
}

const seenByKubeProxy = (led: ForwardedPort): ForwardedPort => ({
  ...led,
  seenAs: led.missing === undefined ? ["world"] : ["world", "themselves"],
});

/** The blocks and groups by which some ingress rule distinguishes clients. */
function blocksInIngress(policies: readonly EvaluatedPolicy[]): Blocks[] {
  return policies
    .flatMap(possibleRules)
    .flatMap(ruleItems)
    .filter(({ direction }) => direction === "ingress")
    .flatMap(({ item, direction }) => {
      const { cidrs = [], cidrSets = [] } = peerLists(item, direction);
      return [...cidrs.map((cidr) => ({ cidr })), ...cidrSets];
    });
}

/** The blocks by which Linkerd's authorization distinguishes clients. */
function authorizedIn({
  authorization = [],
  undecidedAuthorization,
}: Partial<Pick<NodeTraffic, "authorization" | "undecidedAuthorization">> = {}): Blocks[] {
  const objects = [...authorization, ...(undecidedAuthorization?.widest ?? [])].map(({ object }) => object);
  return blocksNamed(objects).map((cidr) => ({ cidr }));
}

/** The peers outside that blocks or groups distinguish from the rest of the world. */
function distinguished(sets: readonly Blocks[], endpoints: readonly EndpointFacts[]): string[] {
  if (sets.length === 0) return [];
  const prefixes = sets
    .flatMap(({ cidr, except = [] }) => [cidr, ...except])
    .flatMap((text) => parsePrefixOrAddress(text ?? "") ?? []);
  const named = new PrefixSet(prefixes.filter(({ bits }) => bits > 0));
  const namesAll = prefixes.some(({ bits }) => bits === 0);
  const namesGroups = sets.some((set) => set.cidrGroupRef !== undefined || set.cidrGroupSelector !== undefined);
  return endpoints.flatMap(({ id, ip, reserved, fqdn, service, linked, external, namespace }) => {
    if ([reserved, fqdn, service, linked, external, namespace].some((one) => one !== undefined)) return [];
    const address = parseAddress(ip ?? "");
    if (address === undefined || id === "world") return [];
    const isNamed = named.holds(address) || (namesAll && id === "::/0") || (namesGroups && id.startsWith("cidrgroup:"));
    return isNamed ? [id] : [];
  });
}

/**
 * Where the address of outside clients is replaced, whatever the policy then sees: the node or, through tunnels, the world with an address that is in
 * no block.
 */
export function replacedAddresses(
  { endpoints, cluster }: Scenario,
  { services, isAgentSeen = false }: Pick<Manifests, "services"> & { isAgentSeen?: boolean | undefined },
): ReplacedAddress[] {
  const { nativeRouting } = withRouting(cluster, isAgentSeen) ?? {};
  const as = nativeRouting === undefined ? undefined : nativeRouting ? "remote-node" : "world";
  return forwardedBy(services, endpoints, (service, proto) => unknownsOfAddress(service, proto, cluster)).map(
    (led) => ({
      ...led,
      ...(as && { as }),
      ...(cluster?.kubeProxyReplacement === false && { atOwnNode: true as const }),
    }),
  );
}

/** Adds the default routing mode, which is tunnels, if the agent's configuration is known and does not set it. */
function withRouting(cluster: ClusterFacts | undefined, isAgentSeen: boolean): ClusterFacts | undefined {
  const isSet = cluster?.nativeRouting !== undefined || cluster?.unknown?.nativeRouting !== undefined;
  return isAgentSeen && !isSet ? { ...cluster, nativeRouting: false } : cluster;
}

/** What would have to be known to tell whether clients of a Service come this way. Undefined: they do not. */
type UnknownsOf = (service: ServiceManifest, proto: string) => string[] | undefined;

function forwardedBy(
  services: readonly ServiceManifest[],
  endpoints: readonly EndpointFacts[],
  unknownsOf: UnknownsOf,
  isOpen = ({ outside }: ServiceManifest) => outside !== undefined,
): ForwardedPort[] {
  return services.filter(isOpen).flatMap((service) => {
    const behind = behindService(service, endpoints);
    return (service.ports ?? []).flatMap((entry) => {
      const { protocol: proto = "TCP" } = entry;
      const unknowns = unknownsOf(service, proto);
      if (unknowns === undefined) return [];
      const missing = [...unknowns, ...(entry.unknownTarget === undefined ? [] : [entry.unknownTarget])];
      const place = service.outside?.place;
      const named = { service: `${service.namespace}/${service.name}`, proto, ...(place && { place }) };
      return portsBehind(entry, behind).map(
        (backend): ForwardedPort => ({
          ...named,
          ...backend,
          ...(missing.length > 0 && { missing: missing.join(", and ") }),
        }),
      );
    });
  });
}

/** What the other state's Services forward outside clients to, and this state's Services do not. */
function forwardedOnlyByOther(
  others: readonly ServiceManifest[],
  own: readonly ServiceManifest[],
  endpoints: readonly EndpointFacts[],
  unknownsOf: UnknownsOf,
): ForwardedPort[] {
  const keyOf = ({ to, proto, port }: ForwardedPort) => JSON.stringify([to, proto, port]);
  const isOpen = ({ outside, keepsClients }: ServiceManifest) => outside !== undefined || keepsClients === true;
  const open = new Set(forwardedBy(own, endpoints, () => [], isOpen).map(keyOf));
  return forwardedBy(others, endpoints, unknownsOf)
    .filter((led) => !open.has(keyOf(led)))
    .map((led) => ({ ...led, isGone: true }));
}

/** The pods behind a Service: known pods or, if it selects none of them, all representatives that it may select. */
function behindService(service: ServiceManifest, endpoints: readonly EndpointFacts[]): EndpointFacts[] {
  const own = endpoints.filter(({ namespace, reserved }) => namespace === service.namespace && reserved === undefined);
  const known = own.filter(
    (endpoint) =>
      endpoint.representative === undefined &&
      (selectsPod(service, endpoint) || unknownSelection(service, endpoint) !== undefined),
  );
  const wanted = Object.entries(service.selector ?? {});
  if (known.length > 0 || wanted.length === 0) return known;
  return own.filter(
    ({ representative, labels = {} }) =>
      representative !== undefined &&
      wanted.every(([key, value]) => labels[key] === undefined || labels[key] === value),
  );
}

/** Adds the ports of Services to the representatives behind them. Known pods have these ports already. */
function withServicePorts(services: readonly ServiceManifest[], endpoints: readonly EndpointFacts[]): EndpointFacts[] {
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

/** What would have to be known to tell whether a pod sees a node instead of the client. Undefined: it sees the world. */
function unknownsOfNode(service: ServiceManifest, proto: string, cluster: ClusterFacts = {}): string[] | undefined {
  const { nativeRouting, unknown = {} } = cluster;
  if (nativeRouting === false) return undefined;
  const unknowns = unknownsOfAddress(service, proto, cluster);
  if (unknowns === undefined || nativeRouting === true) return unknowns;
  return [...unknowns, unknownRouting(unknown)];
}

const unknownRouting = (unknown: ClusterFacts["unknown"] = {}) =>
  unknown.nativeRouting ?? "whether Cilium tunnels between nodes (routing-mode), which nothing here sets";

/** What would have to be known to tell whether a pod does not see the client's address. Undefined: it sees it. */
function unknownsOfAddress(
  { outside, forwardingMode }: ServiceManifest,
  proto: string,
  { kubeProxyReplacement, loadBalancerMode = "snat", unknown = {} }: ClusterFacts = {},
): string[] | undefined {
  const unknowns = outside?.missing === undefined ? [] : [outside.missing];
  // kube-proxy always replaces the client's address with the node's.
  if (kubeProxyReplacement !== true) return unknowns;
  if (unknown.loadBalancerMode !== undefined) return [...unknowns, unknown.loadBalancerMode];
  const keepsClient = loadBalancerMode === "dsr" || (loadBalancerMode === "hybrid" && proto === "TCP");
  if (forwardingMode !== undefined && (forwardingMode === "dsr") !== keepsClient)
    return [...unknowns, "whether agents read service.cilium.io/forwarding-mode (bpf-lb-mode-annotation)"];
  return keepsClient ? undefined : unknowns;
}
