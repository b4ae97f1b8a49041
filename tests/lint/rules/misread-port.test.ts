import { misreadPort } from "../../../lib/lint/rules/misread-port";
import { testRule } from "../rule-tester";
import { client, fromClient, podinfo } from "../specs";

testRule(misreadPort, {
  finds: [
    {
      what: "a range that ends before it begins",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9898", endPort: 98, protocol: TCP}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].endPort", /98 is before 9898, so this is the port 9898 alone/]],
    },
    {
      what: "a range after a name, in ingress",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http, endPort: 9999}]}]}]`,
      finds: [
        [
          "spec.ingress[0].toPorts[0].ports[0].endPort",
          /every port from the one that each pod calls "http" up to 9999/,
        ],
      ],
    },
    {
      what: "a range after a name, in egress",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], toPorts: [{ports: [{port: http, endPort: 9999}]}]}]`,
      finds: [["spec.egress[0].toPorts[0].ports[0].endPort", /ignored after a name, so this is the port "http" alone/]],
    },
    {
      what: "a range from 0",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "0", endPort: 1023, protocol: TCP}]}]}]`,
      finds: [
        [
          "spec.ingress[0].toPorts[0].ports[0].endPort",
          /port 0 is any port, so this is every port of TCP, not 0 to 1023/,
        ],
      ],
    },
    {
      what: "0",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "0"}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /port 0 is every port of TCP, UDP and SCTP/]],
    },
    {
      what: "an octal number",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "0120"}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /Cilium reads "0120" as 80/]],
    },
  ],
  passes: [
    {
      what: "ranges, one of a single port",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9797", endPort: 9898}, {port: "80", endPort: 80}, {port: "81", endPort: 0}, {port: http}]}]}]`,
    },
  ],
});
