import { unknownNamedPort } from "../../../lib/lint/rules/unknown-named-port";
import { testRule } from "../rule-tester";
import { client, fromClient, podinfo } from "../specs";

testRule(unknownNamedPort, {
  finds: [
    {
      what: "of the pods selected",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: grpc}]}]}]`,
      finds: [
        [
          "spec.ingress[0].toPorts[0].ports[0].port",
          /no container of podinfo has a port "grpc", so this allows nothing/,
        ],
      ],
    },
    {
      what: "of a peer",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], toPorts: [{ports: [{port: pg}]}]}]`,
      finds: [["spec.egress[0].toPorts[0].ports[0].port", /no container of podinfo/]],
    },
    {
      what: "of another protocol",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http, protocol: UDP}]}]}]`,
      finds: [
        [
          "spec.ingress[0].toPorts[0].ports[0].port",
          /no container of podinfo has a UDP port "http", so this allows nothing/,
        ],
      ],
    },
    {
      what: "in peers that are not pods",
      spec: `${client}\negress: [{toCIDR: [192.0.2.0/24], toPorts: [{ports: [{port: http}]}]}, {toFQDNs: [{matchName: api.example.com}], toPorts: [{ports: [{port: https}]}]}]\negressDeny: [{toEntities: [world, host], toPorts: [{ports: [{port: http}]}]}]`,
      finds: [
        ["spec.egress[0].toPorts[0].ports[0].port", /only ports of pods have names, so this allows nothing/],
        ["spec.egress[1].toPorts[0].ports[0].port", /only ports of pods have names/],
        ["spec.egressDeny[0].toPorts[0].ports[0].port", /so this denies nothing/],
      ],
    },
  ],
  passes: [
    {
      what: "of the pods selected, whoever connects",
      spec: `${podinfo}\ningress: [{fromEntities: [world], toPorts: [{ports: [{port: http, protocol: TCP}]}]}, {fromCIDR: [192.0.2.0/24], toPorts: [{ports: [{port: http}]}]}]`,
    },
    {
      what: "of anybody, pods included",
      spec: `${client}\negress: [{toEntities: [all], toPorts: [{ports: [{port: http}]}]}, {toPorts: [{ports: [{port: pg}]}]}]`,
    },
    {
      what: "one that exists, in other letter case",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: HTTP}]}]}]`,
    },
  ],
});
