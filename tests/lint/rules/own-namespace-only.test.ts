import { ownNamespaceOnly } from "../../../lib/lint/rules/own-namespace-only";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

testRule(ownNamespaceOnly, {
  finds: [
    {
      what: "an empty selector",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{}]}]`,
      finds: [["spec.ingress[0].fromEndpoints[0]", /every pod of the namespace demo, and nothing else/]],
    },
  ],
  passes: [
    { what: "clusterwide", clusterwide: true, spec: `${podinfo}\ningress: [{fromEndpoints: [{}]}]` },
    { what: "labels", spec: `${podinfo}\ningress: [{${fromClient}}]` },
  ],
});
