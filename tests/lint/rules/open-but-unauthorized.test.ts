import { openButUnauthorized } from "../../../lib/lint/rules/open-but-unauthorized";
import { account, cilium, policy, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(openButUnauthorized, {
  finds: [
    {
      what: "a port that Linkerd opens to another account",
      objects: [
        server(),
        policy(account("web")),
        cilium(
          '{endpointSelector: {matchLabels: {app: cart}}, ingress: [{fromEndpoints: [{matchLabels: {app: job}}], toPorts: [{ports: [{port: "8080"}]}]}]}',
        ),
      ],
      finds: [
        [
          "CiliumNetworkPolicy shop/c",
          "spec.ingress[0].toPorts[0].ports[0].port",
          /lets shop\/job through, whom Linkerd refuses: Server http admits only sa web\.shop \(403\)/,
        ],
      ],
    },
  ],
  passes: [
    {
      what: "a port that both open",
      objects: [
        server(),
        policy(account("web")),
        cilium(
          '{endpointSelector: {matchLabels: {app: cart}}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: "8080"}]}]}]}',
        ),
      ],
    },
    {
      what: "a rule for all, some of whom are admitted",
      objects: [
        server(),
        policy(account("web")),
        cilium(
          '{endpointSelector: {matchLabels: {app: cart}}, ingress: [{fromEndpoints: [{}], toPorts: [{ports: [{port: "8080"}]}]}]}',
        ),
      ],
    },
  ],
});
