import { refusedPolicy } from "../../../lib/lint/rules/refused-policy";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";
import { agent, testTierRule, tiered } from "../tier-tester";

testRule(refusedPolicy, {
  finds: [
    {
      what: "empty in both directions",
      spec: `${podinfo}\ningress: []\negress: []`,
      finds: [["spec", /refuses the whole policy.*at least one rule/]],
    },
    {
      what: "two kinds of peers in one rule",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{}], fromEntities: [world]}]`,
      finds: [["spec.ingress[0]", /refuses/]],
    },
  ],
  passes: [{ what: "an empty rule", spec: `${podinfo}\ningress: [{}]\negress: []` }],
});

testTierRule(refusedPolicy, [
  {
    what: "a ClusterNetworkPolicy with nodes for peers",
    texts: [
      agent(true),
      tiered("tier: Admin", "subject: {namespaces: {}}", "egress: [{action: Deny, to: [{nodes: {}}]}]"),
    ],
    finds: ["ClusterNetworkPolicy k spec.egress[0].to[0] 13"],
  },
  {
    what: "one that the agent does not read",
    texts: [tiered("tier: Admin", "subject: {namespaces: {}}", "egress: [{action: Deny, to: [{nodes: {}}]}]")],
    finds: [],
  },
]);
