import { deniedService } from "../../../lib/lint/rules/denied-service";
import { testRule } from "../rule-tester";
import { http, podinfo } from "../specs";

testRule(deniedService, {
  finds: [
    {
      what: "with ports",
      spec: `${podinfo}\negressDeny: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}], ${http}}]`,
      finds: [["spec.egressDeny[0].toServices", /its ports are denied to anyone, the world included/]],
    },
    {
      what: "alone",
      spec: `${podinfo}\negressDeny: [{toServices: [{k8sService: {serviceName: nope}}]}]`,
      finds: [["spec.egressDeny[0].toServices", /it denies nobody/]],
    },
  ],
  passes: [
    {
      what: "in a rule that allows",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}], ${http}}]`,
    },
  ],
});
