import { hostFirewallOff } from "../../../lib/lint/rules/host-firewall-off";
import type { ClusterFacts, Scenario } from "../../../lib/scenario/scenario";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

const nodes = { spec: "nodeSelector: {}\ningress: [{fromEntities: [cluster]}]", clusterwide: true };
const having = (cluster: ClusterFacts) => (scenario: Scenario) => ({
  ...scenario,
  cluster: { ...scenario.cluster, ...cluster },
});

testRule(hostFirewallOff, {
  finds: [
    {
      ...nodes,
      what: "where it is off",
      cluster: having({ hostFirewall: false }),
      finds: [["spec.nodeSelector", /the host firewall is off, so the policy does nothing/]],
    },
    {
      ...nodes,
      what: "where nothing is known of it",
      finds: [["spec.nodeSelector", /nothing here says that the host firewall is on/]],
    },
  ],
  passes: [
    { ...nodes, what: "where it is on", cluster: having({ hostFirewall: true }) },
    {
      ...nodes,
      what: "where its value is unknown, which makes verdicts unknown",
      cluster: having({ unknown: { hostFirewall: "the value of FIREWALL" } }),
    },
    {
      ...nodes,
      what: "where it is on for some nodes",
      cluster: (scenario) => ({
        ...having({ hostFirewall: false })(scenario),
        nodeSettings: [{ description: "CiliumNodeConfig edge", nodeSelector: {}, cluster: { hostFirewall: true } }],
      }),
    },
    { what: "on pods", spec: `${podinfo}\ningress: [{}]`, cluster: having({ hostFirewall: false }) },
  ],
});
