import { selectsNothing } from "../../../lib/lint/rules/selects-nothing";
import { testRule } from "../rule-tester";
import { metadataName, namespaceKey, podinfo } from "../specs";

testRule(selectsNothing, {
  finds: [
    {
      what: "a slip",
      spec: "endpointSelector: {matchLabels: {app: podinfoo}}\ningress: [{}]",
      finds: [["spec.endpointSelector", /no pod of the namespace demo/]],
    },
    {
      what: "a peer in another namespace",
      spec: `${podinfo}\negress: [{toEndpoints: [{matchLabels: {app: db}}]}]`,
      finds: [
        [
          "spec.egress[0].toEndpoints[0]",
          /no pod of the namespace demo has these labels \(db in the namespace shop does\)/,
        ],
      ],
    },
    {
      what: "a label with a source that pods never have",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {"kubernetes:app": client}}]}]`,
      finds: [["spec.ingress[0].fromEndpoints[0]", /no pod of the namespace demo has these labels/]],
    },
    {
      what: "a clusterwide slip",
      clusterwide: true,
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: shop, app: dbb}}\ningress: [{}]`,
      finds: [["spec.endpointSelector", /no pod has these labels, so the policy applies to no pod/]],
    },
    {
      what: "a clusterwide slip, by the label of the namespace",
      clusterwide: true,
      spec: `endpointSelector: {matchLabels: {${metadataName}: shop, app: dbb}}\ningress: [{}]`,
      finds: [["spec.endpointSelector", /no pod has these labels/]],
    },
  ],
  passes: [
    {
      what: "a peer there",
      spec: `${podinfo}\negress: [{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop, app: db}}]}]`,
    },
    {
      what: "a pod in its node's network, which another rule reports",
      spec: `endpointSelector: {matchLabels: {app: agent}}\negress: [{toEndpoints: [{matchLabels: {app: agent}}]}]`,
    },
    {
      what: "pods of namespaces that are not described, clusterwide",
      clusterwide: true,
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: elsewhere}}\negress: [{toEndpoints: [{matchLabels: {${metadataName}: elsewhere}}]}]`,
    },
    {
      what: "pods of several namespaces, one of which is not described",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchExpressions: [{key: ${JSON.stringify(namespaceKey)}, operator: In, values: [shop, yonder]}, {key: app, operator: In, values: [batch]}]}]}]`,
    },
    {
      what: "a pod in the namespace of the cluster's DNS, the only pod known there",
      spec: `${podinfo}\negress: [{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: kube-system, k8s-app: node-local-dns}}]}]`,
    },
    {
      what: "peers that are not pods",
      clusterwide: true,
      spec: 'endpointSelector: {matchExpressions: [{key: "reserved:ingress", operator: Exists}]}\ningress: [{fromEndpoints: [{matchLabels: {"reserved:health": ""}}]}]',
    },
    {
      what: "pods of another cluster",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.cluster: other, app: remote}}]}]`,
    },
    {
      what: "a namespace that is not described",
      spec: `${podinfo}\negress: [{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: linkerd}}]}]`,
    },
  ],
});
