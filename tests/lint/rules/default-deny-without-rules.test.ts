import { defaultDenyWithoutRules } from "../../../lib/lint/rules/default-deny-without-rules";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

testRule(defaultDenyWithoutRules, {
  finds: [
    {
      what: "for ingress, with egress rules",
      spec: `${podinfo}\negress: [{}]\nenableDefaultDeny: {ingress: true}`,
      finds: [["spec.enableDefaultDeny.ingress", /does nothing: ingress stays open/]],
    },
  ],
  passes: [
    { what: "with rules", spec: `${podinfo}\ningress: [{}]\nenableDefaultDeny: {ingress: true}` },
    { what: "that is off", spec: `${podinfo}\negress: [{}]\nenableDefaultDeny: {ingress: false}` },
  ],
});
