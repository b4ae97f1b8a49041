import { type LintRule, Severity } from "../finding";

export const unreadPolicy: LintRule = {
  id: "unread-policy",
  severity: Severity.Error,
  title: "A ClusterNetworkPolicy that Cilium's agent does not read",
  why:
    "The API server stores it as soon as the CRD is there, and Cilium 1.20 reads it only where `k8sClusterNetworkPolicy.enabled` of its chart (`enable-k8s-cluster-network-policy`) " +
    "is true, which it is not by default. No status and no event tells: what the policy should deny stays open.",
  fix: "Set `k8sClusterNetworkPolicy.enabled` in the values of Cilium's chart. Where that is done elsewhere, give it as well: cilium-config, or the values.",
  tiers: true,
  *check({ policies }) {
    for (const [policy, { unread }] of policies.entries())
      if (unread !== undefined)
        yield { policy, path: ["kind"], asWritten: true, message: `no rule of it is in force: ${unread}` };
  },
};
