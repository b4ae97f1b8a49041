import { deniedAnyway } from "../../../lib/lint/rules/denied-anyway";
import { testRule } from "../rule-tester";
import { client, fromClient, http, namespaceKey, podinfo } from "../specs";

testRule(deniedAnyway, {
  finds: [
    {
      what: "an exception from what is denied",
      spec: `${client}\negress: [{toFQDNs: [{matchName: api.example.com}]}, {toCIDR: [192.0.2.0/24]}]\negressDeny: [{toEntities: [world]}]`,
      finds: [
        ["spec.egress[0]", /egressDeny\[0\] of CiliumNetworkPolicy demo\/p denies all of this/],
        ["spec.egress[1]", /denies all of this/],
      ],
    },
    {
      what: "a narrower block",
      spec: `${client}\negress: [{toCIDRSet: [{cidr: 10.1.0.0/16}]}]\negressDeny: [{toCIDR: [10.0.0.0/8]}]`,
      finds: [["spec.egress[0]", /denies all of this/]],
    },
    {
      what: "a pod of a namespace, by another policy",
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`,
      beside: [{ spec: "endpointSelector: {}\ningressDeny: [{fromEndpoints: [{}]}]" }],
      finds: [["spec.ingress[0]", /ingressDeny\[0\] of CiliumNetworkPolicy demo\/p1/]],
    },
    {
      what: "ports that are denied to all",
      spec: `${podinfo}\ningress: [{fromEntities: [cluster], ${http}}]\ningressDeny: [{toPorts: [{ports: [{port: "9000", endPort: 9999}]}]}]`,
      finds: [["spec.ingress[0]", /denies all of this/]],
    },
    {
      what: "nodes of a cluster that is denied",
      spec: `${podinfo}\ningress: [{fromEntities: [remote-node]}]\ningressDeny: [{fromEntities: [cluster]}]`,
      finds: [["spec.ingress[0]", /denies all of this/]],
    },
  ],
  passes: [
    {
      what: "a part of it",
      spec: `${client}\negress: [{toEntities: [all]}, {toCIDR: [10.0.0.0/8]}]\negressDeny: [{toEntities: [remote-node]}, {toCIDR: [10.1.0.0/16]}, {toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.2.0.0/16]}]}]`,
    },
    {
      what: "for other pods",
      spec: `endpointSelector: {}\ningress: [{${fromClient}}]`,
      beside: [{ spec: `${podinfo}\ningressDeny: [{fromEndpoints: [{}]}]` }],
    },
    {
      what: "in the other direction, or on other ports",
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]\negressDeny: [{toEntities: [all]}]\ningressDeny: [{fromEntities: [all], toPorts: [{ports: [{port: "9898", protocol: UDP}, {port: http}]}]}]`,
    },
    {
      what: "pods that just happen to be the only ones",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop}}]}]\ningressDeny: [{fromEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop, app: db}}]}]`,
    },
    {
      what: "by a rule that denies nothing",
      spec: `${podinfo}\ningress: [{${fromClient}}]\ningressDeny: [{}, {fromEntities: []}, {fromEntities: [all], toPorts: [{}]}]`,
    },
  ],
});
