import { peerLists } from "../../cilium/api/peer-lists";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { ruleItems } from "../../cilium/api/rule-items";
import { policyNamespace } from "../../cilium/policy/entries";
import { append } from "../../common/maps";
import { parseAddress, parsePrefixOrAddress } from "../../kubernetes/cidr";
import { PrefixSet } from "../../kubernetes/prefix-set";
import type { ReplacedAddress } from "../../scenario/lint-facts";
import type { ClusterFacts, EndpointFacts, LedTo, NamedPort, Scenario, SeenAs } from "../../scenario/scenario";
import type { Manifests } from "../manifests/read";
import { doubtOfPod, type ServiceManifest, selectsPod } from "../manifests/service-manifest";
import { portsBehind } from "./frontends";

/** The id of clients outside that a node leads to pods on another. */
export const THROUGH_A_NODE = "world through a node";
/** The same through a node that runs the API server, whose identity that node has as well. */
export const THROUGH_A_CONTROL_PLANE_NODE = "world through a control-plane node";

/** The same through the pod's own node, where kube-proxy hides them as well. They are told of blocks alone: others are the world there, as they are elsewhere. */
const THROUGH_ITS_OWN_NODE = "world through the pod's own node";

/** What of a state leads clients outside in. */
type Leading = Pick<Manifests, "services" | "policies" | "agent">;

/**
 * Adds clients outside that come by a NodePort, a LoadBalancer or `externalIPs`, through a node that does not run the pod. Unless its
 * `externalTrafficPolicy` is `Local`, that node replaces their address by its own, and where packets between nodes are not in tunnels they are a
 * `remote-node` to the pod's policy (Cilium's documentation, "Security Identity for N/S Service Traffic"): whoever admits nodes admits them. Those
 * of a block that policies tell apart are added as well, since no block matches them there.
 *
 * @param isAgentSeen Whether the agent's configuration is known.
 * @param other The state that it is compared with: who is led on one side only is represented on both.
 */
export function withClientsThroughNodes(
  given: Scenario,
  { services, policies, agent, isAgentSeen = false }: Leading & { isAgentSeen?: boolean | undefined },
  other?: Leading,
): Scenario {
  const cluster = withRouting(given.cluster, isAgentSeen);
  const endpoints = withPortsOf(services, given.endpoints);
  const leads = (doubtsOf: DoubtsOf) => [
    ...ledBy(services, endpoints, doubtsOf),
    ...goneOf(other?.services ?? [], services, endpoints, doubtsOf),
  ];
  const led = leads((service, proto) => doubtsOfNode(service, proto, cluster));
  const replaced = leads((service, proto) => doubtsOfAddress(service, proto, cluster));
  const outer = [...services, ...(other?.services ?? [])].filter(({ outside }) => outside !== undefined);
  const namespaces = new Set(outer.map(({ namespace }) => namespace));
  const isCompared = other !== undefined && outer.length > 0;
  if (!endpoints.some(({ id }) => id === "world")) return given;
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
  const told = [...policies, ...(other?.policies ?? [])];
  // Without a policy that tells such nodes from others there is nothing to say of them.
  const isTold = told.some(({ manifest }) => namesApiServer(manifest));
  const throughControlPlane: EndpointFacts = {
    ...client,
    id: THROUGH_A_CONTROL_PLANE_NODE,
    reserved: ["kube-apiserver", "remote-node"],
    representative: { foldsInto: [THROUGH_A_NODE, "world"] },
  };
  const itsOwn: EndpointFacts = {
    ...client,
    id: THROUGH_ITS_OWN_NODE,
    representative: { foldsInto: [THROUGH_A_NODE, "world"] },
  };
  const nodes = [client, ...(isOnNode && isTold ? [throughControlPlane] : [])];
  const throughAnother = replaced.map((one) => seenThroughNode(one, cluster));
  const hasKubeProxy = [cluster, agent, other?.agent].some((one) => one?.kubeProxyReplacement === false);
  const throughOwn = hasKubeProxy
    ? replaced.filter(() => cluster?.kubeProxyReplacement === false).map(seenByKubeProxy)
    : undefined;
  const added = [
    ...(led.length > 0 || isCompared ? nodes : []),
    ...(replaced.length === 0 && !isCompared ? [] : blocksToldApart(toldAt(told, namespaces), endpoints)).flatMap(
      (block) => [
        ...nodes.map((node) => ofBlock(block, node, throughAnother)),
        ...(throughOwn === undefined ? [] : [ofBlock(block, itsOwn, throughOwn)]),
      ],
    ),
  ];
  return added.length === 0 ? given : { ...given, endpoints: [...endpoints, ...added] };
}

/** The policies that may decide about pods of some namespaces. */
function toldAt(policies: Leading["policies"], namespaces: ReadonlySet<string>): EvaluatedPolicy[] {
  return policies
    .map(({ manifest }) => manifest)
    .filter((policy) => namespaces.has(policyNamespace(policy) ?? "") || policyNamespace(policy) === undefined);
}

/** Those of a block that come as some clients do. */
function ofBlock(
  block: string,
  { id, reserved = [], representative }: EndpointFacts,
  led: readonly LedTo[],
): EndpointFacts {
  const idOf = (through: string) => through.replace(/^world/, block);
  // Beside whoever comes so from anywhere, and beside those of the block who come as they are, they say nothing new if they are answered alike.
  const foldsInto = [id, ...(representative?.foldsInto ?? [])].flatMap((one) => [...new Set([idOf(one), one])]);
  return {
    id: idOf(id),
    reserved,
    otherwise: block,
    led,
    representative: { foldsInto: foldsInto.filter((one) => one !== idOf(id)) },
  };
}

function seenThroughNode(led: LedTo, { nativeRouting, unknown }: ClusterFacts = {}): LedTo {
  const comesAs: SeenAs[] = [
    ...(nativeRouting === false ? [] : (["node"] as const)),
    ...(nativeRouting === true ? [] : (["world"] as const)),
    ...(led.missing === undefined ? [] : (["themselves"] as const)),
  ];
  const missing = [led.missing, nativeRouting === undefined ? doubtOfRouting(unknown) : undefined].flatMap(
    (one) => one ?? [],
  );
  return { ...led, comesAs, ...(missing.length > 0 && { missing: missing.join(", and ") }) };
}

const seenByKubeProxy = (led: LedTo): LedTo => ({
  ...led,
  comesAs: led.missing === undefined ? ["world"] : ["world", "themselves"],
});

/** The blocks outside that some policy's ingress tells from the rest of the world. */
function blocksToldApart(policies: readonly EvaluatedPolicy[], endpoints: readonly EndpointFacts[]): string[] {
  const sets = policies
    .flatMap(({ spec, specs = [] }) => [...(spec ? [spec] : []), ...specs])
    .flatMap(ruleItems)
    .filter(({ direction }) => direction === "ingress")
    .flatMap(({ item, direction }) => {
      const { cidrs = [], cidrSets = [] } = peerLists(item, direction);
      return [...cidrs.map((cidr) => ({ cidr })), ...cidrSets] as typeof cidrSets;
    });
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

/** What would have to be known to say that clients of a Service come so. Undefined: they do not. */
type DoubtsOf = (service: ServiceManifest, proto: string) => string[] | undefined;

function ledBy(
  services: readonly ServiceManifest[],
  endpoints: readonly EndpointFacts[],
  doubtsOf: DoubtsOf,
  isOpen = ({ outside }: ServiceManifest) => outside !== undefined,
): LedTo[] {
  return services.filter(isOpen).flatMap((service) => {
    const behind = behindService(service, endpoints);
    return (service.ports ?? []).flatMap((entry) => {
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

/** Where the other state's Services lead clients outside, and nothing of this one lets them in. */
function goneOf(
  others: readonly ServiceManifest[],
  own: readonly ServiceManifest[],
  endpoints: readonly EndpointFacts[],
  doubtsOf: DoubtsOf,
): LedTo[] {
  const keyOf = ({ to, proto, port }: LedTo) => JSON.stringify([to, proto, port]);
  const isOpen = ({ outside, keepsClients }: ServiceManifest) => outside !== undefined || keepsClients === true;
  const open = new Set(ledBy(own, endpoints, () => [], isOpen).map(keyOf));
  return ledBy(others, endpoints, doubtsOf)
    .filter((led) => !open.has(keyOf(led)))
    .map((led) => ({ ...led, isGone: true }));
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
  return [...doubts, doubtOfRouting(unknown)];
}

const doubtOfRouting = (unknown: ClusterFacts["unknown"] = {}) =>
  unknown.nativeRouting ?? "whether Cilium tunnels between nodes (routing-mode), which nothing here says";

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
