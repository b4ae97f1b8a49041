import { emptyRule } from "../../../lib/lint/rules/empty-rule";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

testRule(emptyRule, {
  finds: [
    {
      what: "alone",
      spec: `${podinfo}\ningress: [{}]`,
      finds: [["spec.ingress[0]", /denies all ingress.*NetworkPolicy the same text allows all/]],
    },
    {
      what: "beside others",
      spec: `${podinfo}\negress: [{toEntities: [world]}, {}]`,
      finds: [["spec.egress[1]", /does nothing/]],
    },
    {
      what: "denying, alone",
      spec: `${podinfo}\ningressDeny: [{}]`,
      finds: [
        [
          "spec.ingressDeny[0]",
          /denies nobody outright, but turns default deny on: all ingress that nothing allows is blocked/,
        ],
      ],
    },
    {
      what: "denying names, which deny rules do not have",
      spec: `${podinfo}\negressDeny: [{toFQDNs: [{matchName: api.example.com}]}]`,
      finds: [["spec.egressDeny[0]", /denies nobody outright/]],
    },
    {
      what: "denying, without default deny",
      spec: `${podinfo}\negressDeny: [{}]\nenableDefaultDeny: {egress: false}`,
      finds: [["spec.egressDeny[0]", /denies nothing$/]],
    },
    {
      what: "denying, beside what is allowed",
      spec: `${podinfo}\ningress: [{${fromClient}}]\ningressDeny: [{}]`,
      finds: [["spec.ingressDeny[0]", /denies nothing$/]],
    },
    {
      what: "denying, beside what is denied",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}, {}]`,
      finds: [["spec.egressDeny[1]", /denies nothing$/]],
    },
  ],
  passes: [{ what: "nobody, said outright", spec: `${podinfo}\ningress: [{fromEntities: [none]}]` }],
});
