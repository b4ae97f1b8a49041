import { peerPath } from "../context";
import { type LintRule, Severity } from "../finding";

export const clusterwideEmptyPeer: LintRule = {
  id: "clusterwide-empty-peer",
  severity: Severity.Error,
  title: "An empty endpoint selector in a clusterwide policy means every pod",
  why:
    "A CiliumClusterwideNetworkPolicy has no namespace that Cilium could add to its peers, so `{}` means every pod of every namespace. In a " +
    "CiliumNetworkPolicy it means the pods of its own (`getEndpointSelector` in Cilium's pkg/k8s/apis/cilium.io/utils). A clusterwide policy cannot " +
    'express "of the same namespace".',
  scope: "policy",
  fix:
    "For the pods of one namespace, write a CiliumNetworkPolicy there. For every pod of the cluster, use the entity `cluster`, which includes the nodes, " +
    "or match `k8s:io.kubernetes.pod.namespace` with `Exists`.",
  *check({ items }) {
    for (const item of items) {
      if (item.deny || item.of.namespace !== undefined) continue;
      for (const [index, { matchLabels = {}, matchExpressions }] of (item.endpoints ?? []).entries()) {
        if (Object.keys(matchLabels).length + (matchExpressions ?? []).length > 0) continue;
        const effect = item.direction === "ingress" ? "admits every pod of" : "allows every pod of";
        yield {
          policy: item.of.policy,
          path: [...peerPath(item, "endpoints"), index],
          data: {},
          message: `{} ${effect} every namespace here, not only of the pod's own`,
        };
      }
    }
  },
};
