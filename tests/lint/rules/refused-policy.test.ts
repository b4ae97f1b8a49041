import { refusedPolicy } from "../../../lib/lint/rules/refused-policy";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

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
