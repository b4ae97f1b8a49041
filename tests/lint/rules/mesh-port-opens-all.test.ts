import { meshPortOpensAll } from "../../../lib/lint/rules/mesh-port-opens-all";
import type { Scenario } from "../../../lib/scenario/scenario";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { testRule } from "../rule-tester";
import { fromClient, http, podinfo } from "../specs";

/** Linkerd's authorization: a Server for podinfo's second port that admits nobody, and a default policy for ports without a Server. */
const authorized =
  (defaultPolicy: string) =>
  (scenario: Scenario): Scenario => ({
    ...scenario,
    mesh: {
      ...scenario.mesh,
      authorization: {
        defaultPolicy,
        objects: [
          {
            apiVersion: "policy.linkerd.io/v1beta3",
            kind: "Server",
            metadata: { name: "metrics", namespace: "demo" },
            spec: { podSelector: { matchLabels: { app: "podinfo" } }, port: 9797, accessPolicy: "deny" },
          },
        ],
      },
    },
  });

testRule(meshPortOpensAll, {
  finds: [
    {
      what: "ports that no Server selects, if Linkerd restricts the others",
      mode: TransportMode.TransportHeader,
      cluster: authorized("all-unauthenticated"),
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9898"}, {port: "4143"}]}]}]`,
      finds: [
        ["spec.ingress[0].toPorts[0].ports[1].port", /opens the ports of podinfo that no Server of Linkerd selects/],
      ],
    },

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
      what: "if Linkerd's authorization closes every other port",
      mode: TransportMode.TransportHeader,
      cluster: authorized("deny"),
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9898"}, {port: "4143"}]}]}]`,
    },

    {
      what: "of UDP, which no proxy carries",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "4143", protocol: UDP}]}]}]`,
    },
    {
      what: "among all ports, which are open anyway",
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
