import { nullValue } from "../../../lib/lint/rules/null-value";
import { testRule } from "../rule-tester";
import { http, podinfo } from "../specs";

testRule(nullValue, {
  finds: [
    {
      what: "a label with an empty template value",
      spec: "endpointSelector: {matchLabels: {app: }}\ningress: [{}]",
      finds: [
        ["spec.endpointSelector.matchLabels.app", /stores it as if there were no app, a server-side apply refuses/],
      ],
    },
    {
      what: "null peers",
      spec: `${podinfo}\ningress: [{fromEndpoints: , ${http}}]`,
      finds: [["spec.ingress[0].fromEndpoints", /as if there were no fromEndpoints/]],
    },
  ],
  passes: [{ what: "empty lists", spec: `${podinfo}\ningress: [{fromEndpoints: [], ${http}}]` }],
});
