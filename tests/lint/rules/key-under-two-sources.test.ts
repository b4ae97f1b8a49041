import { keyUnderTwoSources } from "../../../lib/lint/rules/key-under-two-sources";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

testRule(keyUnderTwoSources, {
  finds: [
    {
      what: "of the pods",
      spec: `endpointSelector: {matchLabels: {"any:app": podinfo, "k8s:app": client}}\ningress: [{${fromClient}}]`,
      finds: [['spec.endpointSelector.matchLabels["k8s:app"]', /app appears here with the source k8s and without/]],
    },
    {
      what: "of a peer, in labels and in expressions",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {"k8s:app": client}, matchExpressions: [{key: app, operator: Exists}]}]}]`,
      finds: [["spec.ingress[0].fromEndpoints[0].matchExpressions[0].key", /what this selects is unpredictable/]],
    },
    {
      what: "spelt twice without a source",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {"app": client, "any:app": old}}]}]`,
      finds: [['spec.ingress[0].fromEndpoints[0].matchLabels["any:app"]', /app appears here twice/]],
    },
  ],
  passes: [
    {
      what: "once",
      spec: `endpointSelector: {matchLabels: {"k8s:app": podinfo, tier: x}}\ningress: [{${fromClient}}]`,
    },
    {
      what: "twice with the same source",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchExpressions: [{key: app, operator: Exists}, {key: app, operator: NotIn, values: [old]}]}]}]`,
    },
    {
      what: "in two selectors",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {"k8s:app": client}}, {matchLabels: {app: old}}]}]`,
    },
  ],
});
