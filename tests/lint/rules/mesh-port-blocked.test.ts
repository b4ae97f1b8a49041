import { meshPortBlocked } from "../../../lib/lint/rules/mesh-port-blocked";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { testRule } from "../rule-tester";
import { client, fromClient, http, podinfo } from "../specs";

testRule(meshPortBlocked, {
  finds: [
    {
      what: "ingress, with transport header",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`,
      finds: [["spec.ingress[0].toPorts[0]", /requests to podinfo on 9898 travel to 4143, which nothing allows/]],
    },
    {
      what: "egress, with transport header",
      mode: TransportMode.TransportHeader,
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], ${http}}]`,
      finds: [["spec.egress[0].toPorts[0]", /9898 travel to 4143/]],
    },
    {
      what: "a name and a range",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http}, {port: "9700", endPort: 9800}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0]", /9898 and 9797 travel/]],
    },
  ],
  passes: [
    { what: "transparent", spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]` },
    {
      what: "4143 allowed elsewhere",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}, {${fromClient}, toPorts: [{ports: [{port: "4143"}]}]}]`,
    },
    {
      what: "a client that is not meshed",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}], ${http}}]`,
    },
  ],
});
