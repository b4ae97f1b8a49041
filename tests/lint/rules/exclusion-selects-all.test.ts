import { exclusionSelectsAll } from "../../../lib/lint/rules/exclusion-selects-all";
import { agent, testTierRule, tiered } from "../tier-tester";

const denying = (peer: string) => [
  agent(true),
  tiered("tier: Admin", "subject: {namespaces: {}}", "egress:", "  - action: Deny", `    to: [${peer}]`),
];
const excluding = "{matchExpressions: [{key: team, operator: NotIn, values: [a]}]}";

testTierRule(exclusionSelectsAll, [
  {
    what: "all namespaces but some",
    texts: denying(`{namespaces: {}}, {namespaces: ${excluding}}`),
    finds: ["ClusterNetworkPolicy k spec.egress[0].to[1] 15"],
  },
  {
    what: "namespaces without a label",
    texts: denying("{namespaces: {matchExpressions: [{key: team, operator: DoesNotExist}]}}"),
    finds: ["ClusterNetworkPolicy k spec.egress[0].to[0] 15"],
  },
  {
    what: "pods of them, which are of the cluster",
    texts: denying(`{pods: {namespaceSelector: ${excluding}, podSelector: {}}}`),
    finds: [],
  },
  {
    what: "some namespaces with another label",
    texts: denying(
      "{namespaces: {matchLabels: {env: prod}, matchExpressions: [{key: team, operator: NotIn, values: [a]}]}}",
    ),
    finds: [],
  },
  { what: "all namespaces", texts: denying("{namespaces: {}}"), finds: [] },
]);
