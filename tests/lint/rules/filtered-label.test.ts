import { filteredLabel } from "../../../lib/lint/rules/filtered-label";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

testRule(filteredLabel, {
  finds: [
    {
      what: "of a rollout",
      spec: "endpointSelector: {matchLabels: {app: podinfo, pod-template-hash: abc}}\ningress: [{}]",
      finds: [
        [
          "spec.endpointSelector.matchLabels.pod-template-hash",
          /does not keep the label pod-template-hash, so this selects no pod/,
        ],
      ],
    },
    {
      what: "of a replica, in a peer, negated",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchExpressions: [{key: "k8s:statefulset.kubernetes.io/pod-name", operator: NotIn, values: [db-0]}]}]}]`,
      finds: [["spec.ingress[0].fromEndpoints[0].matchExpressions[0].key", /holds for every pod/]],
    },
  ],
  passes: [
    {
      what: "a label that Cilium keeps",
      spec: `endpointSelector: {matchLabels: {app.kubernetes.io/name: podinfo}}\ningress: [{}]`,
    },
  ],
});
