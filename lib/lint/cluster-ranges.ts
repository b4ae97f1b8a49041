import { type Prefix, parsePrefixOrAddress, prefixContains } from "../kubernetes/cidr";

/** An address range that some clusters use by default. */
export interface ClusterRange {
  range: string;
  /** What has addresses in the range. */
  of: "pods" | "cluster IPs";
  /** The clusters: `kind and kubeadm`. */
  clusters: string;
}

/** The default ranges for pods and Services, by who creates the cluster. */
const clusterRanges: readonly ClusterRange[] = [
  { range: "10.244.0.0/16", of: "pods", clusters: "kind and kubeadm with the usual CNI settings" },
  { range: "10.96.0.0/12", of: "cluster IPs", clusters: "kubeadm and kind" },
  { range: "fd00:10:244::/56", of: "pods", clusters: "kind" },
  { range: "fd00:10:96::/112", of: "cluster IPs", clusters: "kind" },
  { range: "10.42.0.0/16", of: "pods", clusters: "k3s" },
  { range: "10.43.0.0/16", of: "cluster IPs", clusters: "k3s" },
];

/** The cluster range that contains a block. */
export function clusterRangeOf(block: Prefix): ClusterRange | undefined {
  return clusterRanges.find(({ range }) => contains(range, block));
}

function contains(range: string, block: Prefix): boolean {
  const outer = parsePrefixOrAddress(range);
  return outer !== undefined && prefixContains(outer, block);
}
