import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { policyKind } from "../../linkerd/api/object";
import { readObjects } from "../../linkerd/policy/objects";
import { OPAQUE_PORTS_ANNOTATION } from "../../linkerd/policy/workload";
import { DEFAULT_TRANSPORT_MODE, INBOUND_PORT } from "../../linkerd/wire/wire";
import type { AuthorizationFacts, EndpointFacts, Scenario } from "../../scenario/scenario";
import type { ClusterManifests } from "../manifests/cluster";
import { mirrorOf } from "../manifests/links";
import type { PolicyObject, UndecidedAuthorization } from "../manifests/policy-objects";
import { serviceFacts } from "../manifests/service-manifest";
import type { LinkerdSettings } from "../manifests/settings/linkerd";
import type { ClusterSettings } from "../manifests/settings/settings";
import type { Workload } from "../manifests/workloads";
import { withApiServer } from "./api-server-service";
import { asInjected, inboundAsInjected } from "./as-injected";
import { authorizedBlocks, blocksIn } from "./authorized-blocks";
import { type ExternalEndpoint, externalEndpoints } from "./external-workloads";
import { outerEndpoints, withFrontends } from "./frontends";
import { linkedEndpoints, peersOfGateways } from "./linked-clusters";
import { peersOf } from "./peers";
import { withImpliedPorts } from "./ports";
import { routesOf } from "./routes";
import { withServerPorts } from "./server-ports";

/**
 * The scenario that manifests describe, completed with what every cluster has and with what the policies mention.
 *
 * @param policies The policies whose peers and ports are distinguished. To compare two states: those of both.
 * @param other The other state of a comparison. Default: none.
 */
export function scenarioOf(
  cluster: Pick<
    ClusterManifests,
    "workloads" | "namespaces" | "services" | "cidrGroups" | "apiServer" | "gateways" | "links" | "namespaceMeshes"
  > &
    WithAuthorization,
  policies: readonly EvaluatedPolicy[],
  {
    transportMode = DEFAULT_TRANSPORT_MODE,
    l7Proxy,
    clusterName,
    agent,
    nodeSettings = [],
    linkerdSettings = {},
  }: ClusterSettings = {},
  other: Pick<ClusterManifests, "services" | "cidrGroups" | "gateways" | "namespaceMeshes"> &
    Partial<Pick<ClusterManifests, "workloads">> &
    Pick<ClusterSettings, "linkerdSettings"> &
    WithAuthorization = cluster,
): Scenario {
  const authorization = decidingAuthorization(cluster, linkerdSettings);

  const workloads = cluster.workloads.map((workload) => {
    const own = asInjected(workload, linkerdSettings);
    const { nodeLabels, isNodeKnown } = nodeSettings.length > 0 ? workload : {};
    const endpoint = nodeLabels === undefined ? own : onNode(own, { nodeLabels, ...(isNodeKnown && { isNodeKnown }) });
    if (authorization === undefined || workload.inbound === undefined || endpoint.mesh === undefined) return endpoint;
    return { ...endpoint, inbound: inboundAsInjected(workload.inbound, endpoint, linkerdSettings) };
  });
  const { cidrGroups } = cluster;
  const external = externalOf(cluster, cluster.services, linkerdSettings, workloads);
  const replacesKubeProxy = [agent, ...nodeSettings.map((one) => one.cluster)].some(
    (one) => one?.kubeProxyReplacement === true,
  );
  const outer = replacesKubeProxy ? outerEndpoints(cluster.services) : [];
  const linked = linkedEndpoints(cluster.links ?? [], cluster.services);
  const otherExternal = other === cluster ? [] : externalOf(other, other.services, linkerdSettings, []);
  const ipv6 = nodeSettings.some((one) => one.cluster.ipv6 === true) || agent?.ipv6;
  const peers = peersOf(policies, {
    workloads: cluster.workloads,
    groups: [cidrGroups, other.cidrGroups],
    services: [...cluster.services, ...other.services],
    apiServer: cluster.apiServer,
    hosts: [...(cluster.gateways?.hosts ?? []), ...(other.gateways?.hosts ?? [])],
    servesGateways: cluster.gateways !== undefined || other.gateways !== undefined,
    networks: [
      ...egressBlocks(cluster),
      ...egressBlocks(other),
      ...[...external, ...otherExternal, ...linked, ...outer].map(({ ip }) => ip),
    ],
    authorized: [
      ...authorizedIn(cluster, linkerdSettings, ipv6),
      ...(other === cluster ? [] : authorizedIn(other, other.linkerdSettings ?? {}, ipv6)),
    ],
    takenAddresses: [...external, ...linked, ...outer].map(({ ip }) => ip),
    cidrsMatchNodes: [agent, ...nodeSettings.map((one) => one.cluster)].some((one) =>
      one?.cidrMatchMode?.includes("nodes"),
    ),
    nodeSelectors: nodeSettings.map(({ nodeSelector }) => nodeSelector),
    ipv6,
  });
  const known = new Set(cluster.namespaces.map(({ name }) => name));
  const mentioned = [...workloads, ...peers].flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]));
  const implied = [...new Set(mentioned)].filter((name) => !known.has(name)).sort();
  const namespaces = [...cluster.namespaces, ...implied.map((name) => ({ name }))];
  const agentFacts = {
    ...agent,
    ...(l7Proxy !== undefined && { l7Proxy }),
    ...(clusterName !== undefined && { name: clusterName }),
    ...(cluster.gateways !== undefined && { servesGateways: true }),
  };
  const routes = cluster.gateways && routesOf(cluster.gateways, cluster.services, cluster.workloads);
  const described = [
    ...withImpliedPorts(
      withServerPorts([...workloads, ...external], authorization?.objects ?? []),
      cluster.services,
      policies,
      {
        namespaces,
        cluster: agentFacts,
      },
    ),
    ...peers,
    ...linked,
    ...outer,
    ...peersOfGateways(
      [...cluster.workloads, ...(other.workloads ?? [])].map((one) => one.endpoint),
      INBOUND_PORT,
    ),
  ];
  const { endpoints, frontends } = replacesKubeProxy
    ? withFrontends(described, cluster.services)
    : { endpoints: described, frontends: [] };
  return {
    ...(frontends.length > 0 && { frontends }),
    ...(Object.keys(agentFacts).length > 0 && { cluster: agentFacts }),
    ...(nodeSettings.length > 0 && { nodeSettings }),
    namespaces,
    services: withApiServer(cluster.services.map(serviceFacts), cluster.apiServer),
    unseenServices: true,
    // If none is given, the groups that a policy names are defined elsewhere, and their addresses stay unknown.
    ...(cidrGroups.length > 0 && { cidrGroups }),
    endpoints,
    ...(routes !== undefined && routes.length > 0 && { routes }),
    ...((endpoints.some(({ mesh }) => mesh?.injected) || [cluster, other].some(hasMesh)) && {
      mesh: { transportMode, ...(authorization !== undefined && { authorization }) },
    }),
  };
}

function externalOf(
  { authorization = [] }: WithAuthorization,
  services: ClusterManifests["services"],
  settings: LinkerdSettings,
  workloads: readonly Pick<EndpointFacts, "id">[],
): ExternalEndpoint[] {
  const objects = authorization.map(({ object }) => object);
  return externalEndpoints(objects, services, settings, new Set(workloads.map(({ id }) => id)));
}

/** Adds the node's labels to an endpoint, unless it is on the host network, where no setting depends on them. */
function onNode(
  endpoint: Workload["endpoint"],
  node: Pick<Workload, "nodeLabels" | "isNodeKnown">,
): Workload["endpoint"] {
  return endpoint.hostNetwork === undefined ? ({ ...endpoint, ...node } as Workload["endpoint"]) : endpoint;
}

/** Whether a state has a mesh: Linkerd's own objects, namespaces that inject their pods, or meshed workloads. */
function hasMesh({
  authorization = [],
  namespaceMeshes = new Map(),
  workloads = [],
}: WithAuthorization & Partial<Pick<ClusterManifests, "namespaceMeshes" | "workloads">>): boolean {
  return (
    authorization.some(({ object }) => String(object.apiVersion).startsWith("policy.linkerd.io/")) ||
    [...namespaceMeshes.values()].some(({ injects }) => injects) ||
    workloads.some(({ endpoint }) => endpoint.mesh?.injected === true)
  );
}

/** The facts in manifests about Linkerd's inbound authorization. */
export function authorizationFacts(
  { authorization = [], undecidedAuthorization: undecided }: WithAuthorization,
  {
    opaquePorts: _,
    skipInboundPorts: __,
    skipOutboundPorts: ___,
    skipSubnets: ____,
    ...installed
  }: LinkerdSettings = {},
): AuthorizationFacts {
  return {
    objects: authorization.map(({ object }) => object),
    ...(undecided !== undefined && undecided.widest.length > 0 && { widest: undecided.widest }),
    ...(undecided !== undefined && Object.keys(undecided.places).length > 0 && { undecidedIn: undecided.places }),
    ...(undecided !== undefined && { undecidedAs: [...undecided.written].sort().join() }),
    ...installed,
  };
}

/** The address blocks that EgressNetworks distinguish. */
function egressBlocks({ authorization = [] }: WithAuthorization): string[] {
  const networks = authorization.flatMap(({ object }) =>
    policyKind(object) === "policy.linkerd.io/EgressNetwork" ? [object] : [],
  );
  return readObjects(networks).objects.egressNetworks.flatMap(({ spec }) => (spec.networks ?? []).flatMap(blocksIn));
}

/** The address blocks that authorizations distinguish. */
function authorizedIn(
  {
    authorization = [],
    undecidedAuthorization,
    workloads = [],
    namespaceMeshes = new Map(),
  }: WithAuthorization & Partial<Pick<ClusterManifests, "workloads" | "namespaceMeshes">>,
  settings: LinkerdSettings,
  ipv6: boolean | undefined,
): string[] {
  const objects = [...authorization, ...(undecidedAuthorization?.widest ?? [])].map(({ object }) => object);
  const inbound = [...workloads, ...namespaceMeshes.values()].flatMap((one) => one.inbound ?? []);
  return authorizedBlocks(objects, inbound, settings, ipv6);
}

interface WithAuthorization {
  authorization?: readonly Pick<PolicyObject, "object">[];
  undecidedAuthorization?: UndecidedAuthorization;
}

/** The authorization to evaluate. Undefined if only the chart's default applies, which admits everything. */
function decidingAuthorization(
  cluster: WithAuthorization & Pick<ClusterManifests, "workloads" | "services" | "namespaceMeshes">,
  settings: LinkerdSettings,
): AuthorizationFacts | undefined {
  const facts = authorizationFacts(cluster, settings);
  const { objects, widest, undecidedIn, defaultPolicy = "all-unauthenticated" } = facts;
  const isLinked = cluster.services.some((service) => mirrorOf(service) !== undefined);
  const annotated = [...cluster.workloads, ...(cluster.namespaceMeshes?.values() ?? [])].some(
    ({ inbound }) => inbound?.unknown !== undefined || Object.keys(inbound?.annotations ?? {}).some(decides),
  );
  if (widest !== undefined || undecidedIn !== undefined) return facts;
  return objects.length > 0 || annotated || isLinked || defaultPolicy !== "all-unauthenticated" ? facts : undefined;
}

const decides = (annotation: string) => annotation !== OPAQUE_PORTS_ANNOTATION;
