import { missingNamespace } from "../../../lib/lint/rules/missing-namespace";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

testRule(missingNamespace, {
  finds: [
    {
      what: "none",
      namespace: "",
      spec: `${podinfo}\ningress: [{${fromClient}}]`,
      finds: [["metadata", /`default` is assumed/]],
    },
  ],
  passes: [
    { what: "one", spec: `${podinfo}\ningress: [{${fromClient}}]` },
    { what: "none needed", clusterwide: true, spec: `${podinfo}\ningress: [{}]` },
  ],
});
