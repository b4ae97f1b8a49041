import { emptyPortList } from "../../../lib/lint/rules/empty-port-list";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

testRule(emptyPortList, {
  finds: [
    {
      what: "of rules",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: []}]`,
      finds: [["spec.ingress[0].toPorts", /allows every port and protocol/]],
    },
    {
      what: "an empty rule",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{}]}]`,
      finds: [["spec.ingress[0].toPorts[0]", /matches no port/]],
    },
    {
      what: "in a rule",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: []}]}]`,
      finds: [["spec.ingress[0].toPorts[0]", /matches no port/]],
    },
    {
      what: "of ICMP",
      spec: `${podinfo}\ningress: [{${fromClient}, icmps: [{}]}]`,
      finds: [["spec.ingress[0].icmps[0]", /no ICMP type/]],
    },
  ],
  passes: [{ what: "none at all", spec: `${podinfo}\ningress: [{${fromClient}}]` }],
});
