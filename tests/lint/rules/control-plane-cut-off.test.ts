import { controlPlaneCutOff } from "../../../lib/lint/rules/control-plane-cut-off";
import { testRule } from "../rule-tester";
import { client, dns, linkerd, old } from "../specs";

testRule(controlPlaneCutOff, {
  finds: [
    {
      what: "all of it",
      spec: `${client}\negress: [${dns}]`,
      finds: [
        [
          "spec.egress",
          /proxy of client cannot reach linkerd-identity \(8080\), linkerd-destination \(8086\) and linkerd-policy \(8090\)/,
        ],
      ],
    },
    {
      what: "a part",
      spec: `${client}\negress: [${dns}, ${linkerd(8080, 8086)}]`,
      finds: [["spec.egress", /cannot reach linkerd-policy \(8090\)$/]],
    },
  ],
  passes: [
    { what: "none", spec: `${client}\negress: [${dns}, ${linkerd(8080, 8086, 8090)}]` },
    { what: "of a pod that is not meshed", spec: `${old}\negress: [${dns}]` },
  ],
});
