import { type LintRule, Severity } from "../finding";

export const unreadPolicy: LintRule = {
  id: "unread-policy",
  severity: Severity.Error,
  title: "A ClusterNetworkPolicy that Cilium's agent does not read",
  why:
    "The API server stores it as soon as the CRD exists, but Cilium 1.20 reads it only if `k8sClusterNetworkPolicy.enabled` in its chart " +
    "(`enable-k8s-cluster-network-policy`) is true, which it is not by default. No status and no event shows this: what the policy should deny stays " +
    "open.",
  fix:
    "Set `k8sClusterNetworkPolicy.enabled` in the values of Cilium's chart. If it is set elsewhere, include that in the input: cilium-config, or the " +
    "values.",
  tiers: true,
  *check({ policies }) {
    for (const [policy, { unread }] of policies.entries())
      if (unread !== undefined)
        yield {
          policy,
          path: ["kind"],
          asWritten: true,
          data: {},
          message: `none of its rules is in force: ${unread}`,
        };
  },
};
