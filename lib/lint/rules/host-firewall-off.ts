import { type LintRule, Severity } from "../finding";

export const hostFirewallOff: LintRule = {
  id: "host-firewall-off",
  severity: Severity.Error,
  title: "A policy for nodes without the host firewall",
  why:
    "A `nodeSelector` selects nodes, and Cilium's agents enforce policies on nodes only with `enable-host-firewall`. It is off by default, in the agent " +
    "and in the chart. Without it, Cilium accepts the policy, reports it as valid, and everything still reaches the nodes.",
  fix: "Set the chart's value `hostFirewall.enabled: true`. Try it with `policyAuditMode: true` first: a wrong policy can cut off the nodes themselves.",
  *check({ rules, scenario }) {
    const { hostFirewall, unknown } = scenario.cluster ?? {};
    // Agents on some nodes may have it on, which then is the meaning of the policy.
    const isSomewhere = scenario.nodeSettings?.some(({ cluster }) => cluster.hostFirewall === true) === true;
    if (hostFirewall === true || unknown?.hostFirewall !== undefined || isSomewhere) return;
    const isKnown = hostFirewall === false;
    for (const { policy, path, rule } of rules) {
      if (rule.nodeSelector === undefined) continue;
      yield {
        policy,
        path: [...path, "nodeSelector"],
        data: { isKnown },
        ...(isKnown
          ? { message: "the host firewall is off, so the policy does nothing" }
          : {
              severity: Severity.Info,
              message:
                "nothing here says that the host firewall is on, which verdicts assume; by default it is off, and then the policy does nothing",
              fix: "Include Cilium's configuration (`enable-host-firewall` in the ConfigMap cilium-config, or the chart's `hostFirewall.enabled`).",
            }),
      };
    }
  },
};
