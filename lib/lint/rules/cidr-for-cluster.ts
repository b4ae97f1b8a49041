import { parsePrefixOrAddress } from "../../kubernetes/cidr";
import { clusterRangeOf } from "../cluster-ranges";
import { type PlacedItem, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";

export const cidrForCluster: LintRule = {
  id: "cidr-for-cluster",
  severity: Severity.Warning,
  scope: "policy",
  title: "A CIDR block never matches pods, nodes or Services",
  why:
    "Cilium decides by identity. A CIDR only matches what has no identity in the cluster, that is the world. Pods and nodes have one (unless the agent's " +
    "policy-cidr-match-mode says otherwise), and cluster IPs are translated to pods before policy applies. Even 0.0.0.0/0 means only the world.",
  fix: "Select pods with endpoint selectors (or toServices), nodes with the entities `host` and `remote-node`, and the API server with `kube-apiserver`.",
  kubernetes: {
    fix: "Select pods with podSelector and namespaceSelector. For nodes and the API server, use a CiliumNetworkPolicy with entities.",
  },
  *check({ items, scenario }) {
    const podsMatch = scenario.cluster?.cidrMatchMode?.includes("pods") ?? false;
    for (const item of items) {
      for (const [index, cidr] of (item.cidrs ?? []).entries())
        yield* judgeCidr(item, cidr, [...peerPath(item, "cidrs"), index], podsMatch);
      for (const [index, { cidr }] of (item.cidrSets ?? []).entries())
        if (cidr !== undefined) yield* judgeCidr(item, cidr, [...peerPath(item, "cidrSets"), index, "cidr"], podsMatch);
    }
  },
};

function* judgeCidr(
  item: PlacedItem,
  cidr: string,
  path: Observation["path"],
  podsMatch: boolean,
): Iterable<Observation> {
  const block = parsePrefixOrAddress(cidr);
  if (block === undefined) return;
  const { policy } = item.of;
  if (block.bits === 0 && !item.deny) {
    yield {
      policy,
      path,
      severity: Severity.Info,
      data: { cidr, covers: "world" },
      message: `${cidr} matches only the world: neither pods nor nodes`,
    };
    return;
  }
  const hit = clusterRangeOf(block);
  if (hit === undefined || (podsMatch && hit.of === "pods")) return;
  yield {
    policy,
    path,
    data: { cidr, covers: hit.of },
    message: `${cidr} ${cidr === hit.range ? "is" : `lies in ${hit.range},`} by default the range of the ${hit.of} of ${hit.clusters}; a CIDR does not match those`,
  };
}
