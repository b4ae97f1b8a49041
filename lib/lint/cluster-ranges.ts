import { type Prefix, parsePrefixOrAddress, prefixContains } from "../kubernetes/cidr";

/** Where clusters put their pods and Services by default; by those who make them. */
const clusterRanges: readonly { range: string; what: string }[] = [
  { range: "10.244.0.0/16", what: "pods of kind and kubeadm with the usual CNI settings" },
  { range: "10.96.0.0/12", what: "cluster IPs of kubeadm and kind" },
  { range: "fd00:10:244::/56", what: "pods of kind" },
  { range: "fd00:10:96::/112", what: "cluster IPs of kind" },
  { range: "10.42.0.0/16", what: "pods of k3s" },
  { range: "10.43.0.0/16", what: "cluster IPs of k3s" },
];

/** The range of a cluster that a block lies in. */
export function clusterRangeOf(block: Prefix): { range: string; what: string } | undefined {
  return clusterRanges.find(({ range }) => contains(range, block));
}

function contains(range: string, block: Prefix): boolean {
  const outer = parsePrefixOrAddress(range);
  return outer !== undefined && prefixContains(outer, block);
}
