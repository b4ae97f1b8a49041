import { peerPath } from "../context";
import { type LintRule, Severity } from "../finding";

export const ownNamespaceOnly: LintRule = {
  id: "own-namespace-only",
  severity: Severity.Info,
  scope: "policy",
  title: "An empty endpoint selector means the policy's own namespace",
  why:
    "Cilium adds the policy's namespace to every peer selector that names none. So `{}` means every pod of that namespace, and not the whole cluster, the " +
    "nodes or the world.",
  fix:
    "To make that explicit, write `k8s:io.kubernetes.pod.namespace: <namespace>`. For all pods, match that key with `Exists`; for everything, use the " +
    "entity `cluster` or `all`.",
  *check({ items }) {
    for (const item of items)
      for (const [index, selector] of (item.endpoints ?? []).entries()) {
        const { namespace, policy } = item.of;
        const says = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0);
        if (namespace === undefined || says > 0) continue;
        yield {
          policy,
          path: [...peerPath(item, "endpoints"), index],
          data: {},
          message: `{} is every pod of the namespace ${namespace}, and nothing else`,
        };
      }
  },
};
