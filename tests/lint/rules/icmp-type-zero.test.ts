import { icmpTypeZero } from "../../../lib/lint/rules/icmp-type-zero";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

testRule(icmpTypeZero, {
  finds: [
    {
      what: "by name",
      spec: `${podinfo}\ningress: [{${fromClient}, icmps: [{fields: [{type: EchoReply}]}]}]`,
      finds: [["spec.ingress[0].icmps[0].fields[0].type", /type EchoReply allows every IPv4 ICMP type/]],
    },
    {
      what: "by number",
      spec: `${podinfo}\ningress: [{${fromClient}, icmps: [{fields: [{type: 8}, {type: 0, family: IPv6}]}]}]`,
      finds: [["spec.ingress[0].icmps[0].fields[1].type", /IPv6/]],
    },
  ],
  passes: [
    {
      what: "the request",
      spec: `${podinfo}\ningress: [{${fromClient}, icmps: [{fields: [{type: EchoRequest}]}]}]`,
    },
  ],
});
