import { clusterwideEmptyPeer } from "../../../lib/lint/rules/clusterwide-empty-peer";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

testRule(clusterwideEmptyPeer, {
  finds: [
    {
      what: "in both directions",
      clusterwide: true,
      spec: "endpointSelector: {}\ningress: [{fromEndpoints: [{}]}]\negress: [{toEndpoints: [{matchLabels: {app: db}}, {matchLabels: {}}]}]",
      finds: [
        ["spec.ingress[0].fromEndpoints[0]", /admits every pod of every namespace here, not only of the pod's own/],
        ["spec.egress[0].toEndpoints[1]", /allows every pod of every namespace/],
      ],
    },
  ],
  passes: [
    { what: "in a namespace, which it is confined to", spec: `${podinfo}\ningress: [{fromEndpoints: [{}]}]` },
    {
      what: "with every namespace said",
      clusterwide: true,
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchExpressions: [{key: "k8s:io.kubernetes.pod.namespace", operator: Exists}]}]}]`,
    },
    { what: "denied", clusterwide: true, spec: `${podinfo}\ningressDeny: [{fromEndpoints: [{}]}]` },
    { what: "as its subject", clusterwide: true, spec: "endpointSelector: {}\ningress: [{fromEntities: [cluster]}]" },
  ],
});
