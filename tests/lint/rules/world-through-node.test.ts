import { worldThroughNode } from "../../../lib/lint/rules/world-through-node";
import type { ForwardedPort, Scenario } from "../../../lib/scenario/scenario";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

const behind =
  (missing?: string, port = 9898, reserved = ["remote-node"]) =>
  (scenario: Scenario): Scenario => {
    const to: ForwardedPort = {
      service: "demo/podinfo",
      to: "podinfo",
      proto: "TCP",
      port,
      ...(missing && { missing }),
    };
    return {
      ...scenario,
      endpoints: [...scenario.endpoints, { id: "outside", reserved, forwardedTo: [to] }],
    };
  };

testRule(worldThroughNode, {
  finds: [
    {
      what: "the cluster, which includes the nodes",
      spec: `${podinfo}\ningress: [{fromEntities: [health, cluster]}]`,
      cluster: behind(),
      finds: [["spec.ingress[0].fromEntities[1]", /come by demo\/podinfo \(TCP 9898\) through one/]],
    },
    {
      what: "other nodes on the port behind the Service",
      spec: `${podinfo}\ningress: [{fromEntities: [remote-node], toPorts: [{ports: [{port: "9000", endPort: 9999}]}]}]`,
      cluster: behind(),
      finds: [["spec.ingress[0].fromEntities[0]", /come by demo\/podinfo/]],
    },
    {
      what: "nodes by their label",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {"reserved:remote-node": ""}}]}]`,
      cluster: behind(),
      finds: [["spec.ingress[0].fromEndpoints[0]", /come by demo\/podinfo/]],
    },
    {
      what: "the API server, through its own node",
      spec: `${podinfo}\ningress: [{fromEntities: [kube-apiserver]}]`,
      cluster: behind(undefined, 9898, ["kube-apiserver", "remote-node"]),
      finds: [["spec.ingress[0].fromEntities[0]", /admits nodes that run the API server, .*come by demo\/podinfo/]],
    },
    {
      what: "perhaps, without the routing mode",
      spec: `${podinfo}\ningress: [{fromEntities: [cluster]}]`,
      cluster: behind("how nodes route"),
      finds: [["spec.ingress[0].fromEntities[0]", /may be nodes here; .*how nodes route/]],
    },
  ],
  passes: [
    { what: "no such Service", spec: `${podinfo}\ningress: [{fromEntities: [cluster]}]` },
    {
      what: "the world, which is admitted",
      spec: `${podinfo}\ningress: [{fromEntities: [cluster, world]}]`,
      cluster: behind(),
    },
    {
      what: "the world, by another policy",
      spec: `${podinfo}\ningress: [{fromEntities: [cluster]}]`,
      beside: [{ spec: `${podinfo}\ningress: [{fromEntities: [world]}]` }],
      cluster: behind(),
    },
    { what: "the own node", spec: `${podinfo}\ningress: [{fromEntities: [host]}]`, cluster: behind() },
    {
      what: "nodes on another port",
      spec: `${podinfo}\ningress: [{fromEntities: [remote-node], toPorts: [{ports: [{port: "9797"}]}]}]`,
      cluster: behind(),
    },
    {
      what: "nodes that another rule denies",
      spec: `${podinfo}\ningress: [{fromEntities: [cluster]}]\ningressDeny: [{fromEntities: [remote-node]}]`,
      cluster: behind(),
    },
  ],
});
