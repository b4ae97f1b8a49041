import { missingService } from "../../../lib/lint/rules/missing-service";
import { testRule } from "../rule-tester";
import { http, podinfo } from "../specs";

testRule(missingService, {
  finds: [
    {
      what: "with ports",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: nope, namespace: demo}}], ${http}}]`,
      finds: [["spec.egress[0].toServices[0]", /no Service nope in demo, so this rule allows its ports to anyone/]],
    },
    {
      what: "alone",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: nope}}]}]`,
      finds: [["spec.egress[0].toServices[0]", /allows nothing/]],
    },
    {
      what: "beside an existing one",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: podinfo, namespace: demo}}, {k8sServiceSelector: {selector: {matchLabels: {a: b}}}}], ${http}}]`,
      finds: [["spec.egress[0].toServices[1]", /no Service has these labels, so it adds nothing/]],
    },
  ],
  passes: [
    {
      what: "an existing one",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}], ${http}}]`,
    },
  ],
});
