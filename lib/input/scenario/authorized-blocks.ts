import { formatPrefix } from "../../kubernetes/cidr";
import type { Network } from "../../linkerd/api/network";
import { policyKind, type RawObject } from "../../linkerd/api/object";
import { readObjects } from "../../linkerd/policy/objects";
import { CHART_CLUSTER_NETWORKS } from "../../linkerd/policy/settings";
import { DEFAULT_POLICY_ANNOTATION } from "../../linkerd/policy/workload";
import type { AuthorizationFacts, InboundFacts } from "../../scenario/scenario";

const kinds: ReadonlySet<string | undefined> = new Set(
  ["Server", "ServerAuthorization", "NetworkAuthentication"].map((kind) => `policy.linkerd.io/${kind}`),
);

/**
 * The address blocks by which Linkerd's authorization distinguishes clients: those in objects, and the chart's `clusterNetworks` if a policy refers
 * to the cluster by its addresses.
 *
 * @param inbound The annotations of pods and namespaces for inbound policy.
 * @param ipv6 Whether agents assign IPv6 addresses. If not, no client is in the chart's IPv6 block.
 */
export function authorizedBlocks(
  objects: readonly RawObject[],
  inbound: readonly InboundFacts[],
  { defaultPolicy, clusterNetworks }: Pick<AuthorizationFacts, "defaultPolicy" | "clusterNetworks"> = {},
  ipv6 = false,
): string[] {
  const read = readClients(objects);
  const { serverAuthorizations, servers } = read;
  const policies = [
    defaultPolicy,
    ...inbound.map(({ annotations }) => annotations?.[DEFAULT_POLICY_ANNOTATION]),
    ...servers.map(({ accessPolicy }) => accessPolicy),
  ];
  const meansCluster =
    policies.some((policy) => policy?.startsWith("cluster-") === true) ||
    serverAuthorizations.some(({ spec }) => (spec.client.networks ?? []).length === 0);
  const ofChart = CHART_CLUSTER_NETWORKS.filter((block) => ipv6 || !block.includes(":"));
  return [...namedIn(read), ...(meansCluster ? (clusterNetworks ?? ofChart) : [])];
}

/** The address blocks in NetworkAuthentications and ServerAuthorizations, and their exceptions. */
export const blocksNamed = (objects: readonly RawObject[]): string[] => namedIn(readClients(objects));

function namedIn({ networks, serverAuthorizations }: ReturnType<typeof readClients>): string[] {
  return [
    ...networks.flatMap(({ spec }) => spec.networks),
    ...serverAuthorizations.flatMap(({ spec }) => spec.client.networks ?? []),
  ].flatMap(blocksIn);
}

const readClients = (objects: readonly RawObject[]) =>
  readObjects(objects.filter((object) => kinds.has(policyKind(object)))).objects;

/** The blocks that a network distinguishes: its own, and its exceptions. */
export const blocksIn = ({ cidr, except }: Network): string[] => [cidr, ...except].map(formatPrefix);
