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
 * Blocks of addresses by which Linkerd's authorization tells clients apart: those that objects name, and the chart's `clusterNetworks` where something
 * means the cluster by its addresses.
 *
 * @param inbound What pods and namespaces say of their ports.
 * @param ipv6 Whether agents are said to give addresses of IPv6. Where they are not, the chart's block of those is nobody's.
 */
export function authorizedBlocks(
  objects: readonly RawObject[],
  inbound: readonly InboundFacts[],
  { defaultPolicy, clusterNetworks }: Pick<AuthorizationFacts, "defaultPolicy" | "clusterNetworks"> = {},
  ipv6 = false,
): string[] {
  const { networks, serverAuthorizations, servers } = readObjects(
    objects.filter((object) => kinds.has(policyKind(object))),
  ).objects;
  const named = [
    ...networks.flatMap(({ spec }) => spec.networks),
    ...serverAuthorizations.flatMap(({ spec }) => spec.client.networks ?? []),
  ];
  const policies = [
    defaultPolicy,
    ...inbound.map(({ annotations }) => annotations?.[DEFAULT_POLICY_ANNOTATION]),
    ...servers.map(({ accessPolicy }) => accessPolicy),
  ];
  const meansCluster =
    policies.some((policy) => policy?.startsWith("cluster-") === true) ||
    serverAuthorizations.some(({ spec }) => (spec.client.networks ?? []).length === 0);
  const ofChart = CHART_CLUSTER_NETWORKS.filter((block) => ipv6 || !block.includes(":"));
  return [...named.flatMap(blocksIn), ...(meansCluster ? (clusterNetworks ?? ofChart) : [])];
}

/** What a list of networks tells apart. */
export const blocksIn = ({ cidr, except }: Network): string[] => [cidr, ...except].map(formatPrefix);
