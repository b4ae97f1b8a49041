import { emptyDirection } from "../../../lib/lint/rules/empty-direction";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

testRule(emptyDirection, {
  finds: [
    {
      what: "beside another",
      spec: `${podinfo}\ningress: []\negress: [{}]`,
      finds: [["spec.ingress", /read as absent: it denies nothing/]],
    },
  ],
  passes: [{ what: "with a rule", spec: `${podinfo}\ningress: [{}]\negress: [{}]` }],
});
