import { servicePort } from "../../../lib/lint/rules/service-port";
import { testRule } from "../rule-tester";
import { client, fromClient, http, namespaceKey, old, podinfo } from "../specs";

testRule(servicePort, {
  finds: [
    {
      what: "in egress",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]`,
      finds: [
        ["spec.egress[0].toPorts[0].ports[0].port", /80 is the port of the Service podinfo; podinfo listens on 9898/],
      ],
    },
    {
      what: "in ingress",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "80"}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /listens on 9898/]],
    },
  ],
  passes: [
    {
      what: "one that is its own target, although no container declares it",
      spec: `${old}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "7000", protocol: TCP}]}]}]`,
    },
    {
      what: "one that the container declares too",
      spec: `${old}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "8081", protocol: TCP}]}]}]`,
    },
    { what: "the target port", spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]` },
    {
      what: "equal to the target port",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop}}], toPorts: [{ports: [{port: "5432"}]}]}]`,
    },
  ],
});
