import { hostNetworkPod } from "../../../lib/lint/rules/host-network-pod";
import { testRule } from "../rule-tester";
import { client, podinfo } from "../specs";

testRule(hostNetworkPod, {
  finds: [
    {
      what: "as the only subject",
      spec: "endpointSelector: {matchLabels: {app: agent}}\ningress: [{}]",
      finds: [
        [
          "spec.endpointSelector",
          /only pods in their node's network have these labels \(agent\), so the policy applies to no pod/,
        ],
      ],
    },
    {
      what: "among the subjects",
      spec: "endpointSelector: {}\ningress: [{}]",
      finds: [
        [
          "spec.endpointSelector",
          /the policy does not apply to agent: in its node's network, a pod has its node's identity/,
        ],
      ],
    },
    {
      what: "as the only peer",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: client}}, {matchLabels: {app: agent}}]}]`,
      finds: [
        [
          "spec.ingress[0].fromEndpoints[1]",
          /only pods in their node's network have these labels \(agent\), so this allows nobody/,
        ],
      ],
    },
    {
      what: "denied",
      spec: `${client}\negressDeny: [{toEndpoints: [{matchLabels: {tier: node}}]}]`,
      finds: [["spec.egressDeny[0].toEndpoints[0]", /so this denies nobody/]],
    },
  ],
  passes: [
    {
      what: "by the entities that its node has",
      spec: `${podinfo}\ningress: [{fromEntities: [host, remote-node]}, {fromEndpoints: [{}]}]`,
    },
    {
      what: "of another namespace",
      spec: `endpointSelector: {matchLabels: {app: agent}}\ningress: [{}]`,
      namespace: "shop",
    },
  ],
});
