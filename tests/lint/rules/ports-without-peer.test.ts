import { portsWithoutPeer } from "../../../lib/lint/rules/ports-without-peer";
import { testRule } from "../rule-tester";
import { http, podinfo } from "../specs";

testRule(portsWithoutPeer, {
  finds: [
    {
      what: "ingress",
      spec: `${podinfo}\ningress: [{${http}}]`,
      finds: [["spec.ingress[0]", /anyone may connect to these ports, the world included/]],
    },
    { what: "egress", spec: `${podinfo}\negress: [{${http}}]`, finds: [["spec.egress[0]", /may connect to anyone/]] },
    {
      what: "beside a list that is null, which counts as absent",
      spec: `${podinfo}\ningress: [{fromEndpoints: null, ${http}}]`,
      finds: [["spec.ingress[0]", /the world included/]],
    },
  ],
  passes: [
    { what: "denied", spec: `${podinfo}\ningressDeny: [{${http}}]` },
    {
      what: "peers that select nothing",
      spec: `${podinfo}\ningress: [{toPorts: [{}]}, {icmps: [{fields: []}]}, {toPorts: [{ports: []}]}]`,
    },
    { what: "said outright", spec: `${podinfo}\ningress: [{fromEntities: [all], ${http}}]` },
  ],
});
