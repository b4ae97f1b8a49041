import { baselineOpensClosed } from "../../../lib/lint/rules/baseline-opens-closed";
import { agent, testTierRule, tiered } from "../tier-tester";

const closed =
  "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db, namespace: shop}\nspec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}\n";
const pod =
  "apiVersion: v1\nkind: Pod\nmetadata: {name: db, namespace: shop, labels: {app: db}}\nspec: {containers: [{name: c, image: x}]}\n";
const baseline = tiered(
  "tier: Baseline",
  "subject: {namespaces: {}}",
  "ingress:",
  "  - {action: Pass, from: [{namespaces: {}}]}",
  "  - {action: Accept, from: [{namespaces: {}}]}",
);
const beside = (what: string, policy: string, ...others: string[]) => ({
  what,
  texts: [agent(true), policy, ...others, pod],
  finds: [],
});

testTierRule(baselineOpensClosed, [
  {
    what: "a rule that accepts, where a NetworkPolicy closes the pod",
    texts: [agent(true), baseline, closed, pod],
    finds: ["ClusterNetworkPolicy k spec.ingress[1] 15"],
  },
  beside("nothing closes the pod", baseline),
  beside("only the other direction is closed", baseline, closed.replace("[Ingress]", "[Egress]")),
  beside("the tier that comes first", baseline.replace("Baseline", "Admin"), closed),
  beside("a rule that denies", baseline.replace("Accept", "Deny"), closed),
  beside("another subject", baseline.replace("namespaces: {}", "namespaces: {matchLabels: {team: a}}"), closed),
]);
