import { gatewayNotAdmitted } from "../../../lib/lint/rules/gateway-not-admitted";
import type { RouteFacts, Scenario } from "../../../lib/scenario/scenario";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

const routed =
  (route: Partial<RouteFacts> = {}) =>
  (scenario: Scenario): Scenario => ({
    ...scenario,
    routes: [
      {
        object: "HTTPRoute demo/web",
        file: "r.yaml",
        from: "ingress",
        to: "podinfo",
        proto: "TCP",
        port: 9898,
        ...route,
      },
    ],
  });
const fromEdge =
  'fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": edge}}, {matchLabels: {"k8s:io.kubernetes.pod.namespace": kube-system}}]';

testRule(gatewayNotAdmitted, {
  finds: [
    {
      what: "the namespaces that the traffic seems to come from",
      cluster: routed(),
      spec: `${podinfo}\ningress: [{${fromEdge}}, {fromCIDR: [10.100.16.0/22]}]`,
      finds: [
        [
          "spec.ingress",
          /traffic through HTTPRoute demo\/web has the identity ingress, which nothing admits to podinfo/,
        ],
      ],
    },
    {
      what: "another port",
      cluster: routed(),
      spec: `${podinfo}\ningress: [{fromEntities: [ingress], toPorts: [{ports: [{port: "9797"}]}]}]`,
      finds: [["spec.ingress", /podinfo/]],
    },
    {
      what: "the world, which is not the client",
      cluster: routed(),
      spec: `${podinfo}\ningress: [{fromEntities: [world]}]`,
      finds: [["spec.ingress", /podinfo/]],
    },
  ],
  passes: [
    {
      what: "the entity, on the pods' port",
      cluster: routed(),
      spec: `${podinfo}\ningress: [{fromEntities: [ingress], toPorts: [{ports: [{port: "9898"}]}]}]`,
    },
    {
      what: "the cluster, which includes it",
      cluster: routed(),
      spec: `${podinfo}\ningress: [{fromEntities: [cluster]}]`,
    },
    {
      what: "pods without policies",
      cluster: routed({ to: "old" }),
      spec: `${podinfo}\ningress: [{${fromClient}}]`,
    },
    {
      what: "an unknown pod",
      cluster: routed({ to: "gone" }),
      spec: `${podinfo}\ningress: [{${fromClient}}]`,
    },
    { what: "pods without a gateway", spec: `${podinfo}\ningress: [{${fromClient}}]` },
  ],
});
