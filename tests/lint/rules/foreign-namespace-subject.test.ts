import { foreignNamespaceSubject } from "../../../lib/lint/rules/foreign-namespace-subject";
import { testRule } from "../rule-tester";
import { namespaceKey } from "../specs";

testRule(foreignNamespaceSubject, {
  finds: [
    {
      what: "overwritten",
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: shop}}\ningress: [{}]`,
      finds: [
        [
          `spec.endpointSelector.matchLabels["${namespaceKey}"]`,
          /asks for pods of shop: Cilium selects pods of demo instead/,
        ],
      ],
    },
    {
      what: "contradicted, without the source",
      spec: "endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: shop}}\ningress: [{}]",
      finds: [['spec.endpointSelector.matchLabels["io.kubernetes.pod.namespace"]', /so no pod is selected/]],
    },
  ],
  passes: [
    {
      what: "its own",
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: demo}}\ningress: [{}]`,
    },
    {
      what: "a clusterwide policy's",
      clusterwide: true,
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: shop}}\ningress: [{}]`,
    },
  ],
});
