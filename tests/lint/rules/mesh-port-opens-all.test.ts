import { meshPortOpensAll } from "../../../lib/lint/rules/mesh-port-opens-all";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { testRule } from "../rule-tester";
import { fromClient, http, podinfo } from "../specs";

testRule(meshPortOpensAll, {
  finds: [
    {
      what: "beside the application's",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9898"}, {port: "4143"}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[1].port", /opens every port of podinfo to client/]],
    },
    {
      what: "within a range",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "4140", endPort: 4150, protocol: TCP}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /opens every port of podinfo to client/]],
    },
  ],
  passes: [
    {
      what: "of UDP, which no proxy takes",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "4143", protocol: UDP}]}]}]`,
    },
    {
      what: "among all ports, which are all open as it is",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "1", endPort: 65535, protocol: TCP}]}]}]`,
    },
    {
      what: "for pods that are not meshed",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}], toPorts: [{ports: [{port: "4143"}]}]}]`,
    },
    { what: "the application's port", spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]` },
  ],
});
