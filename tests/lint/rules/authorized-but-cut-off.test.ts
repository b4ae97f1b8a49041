import { authorizedButCutOff } from "../../../lib/lint/rules/authorized-but-cut-off";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { account, cilium, policy, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(authorizedButCutOff, {
  finds: [
    {
      what: "a client that no ingress policy allows",
      objects: [
        server(),
        policy(account("web")),
        cilium(
          "{endpointSelector: {matchLabels: {app: cart}}, ingress: [{fromEndpoints: [{matchLabels: {app: job}}]}]}",
        ),
      ],
      finds: [
        [
          "AuthorizationPolicy shop/p",
          "spec",
          /admits sa web\.shop, which Cilium's ingress policies keep from shop\/cart on port 8080/,
        ],
      ],
    },
    {
      what: "the port without 4143, although 4143 is on the wire",
      mode: TransportMode.TransportHeader,
      objects: [
        server(),
        policy(account("web")),
        cilium(
          '{endpointSelector: {matchLabels: {app: cart}}, ingress: [{fromEndpoints: [{}], toPorts: [{ports: [{port: "8080"}]}]}]}',
        ),
      ],
      finds: [["AuthorizationPolicy shop/p", "spec", /which is 4143 on the wire/]],
    },
  ],
  passes: [
    {
      what: "a client that is allowed",
      objects: [
        server(),
        policy(account("web")),
        cilium(
          '{endpointSelector: {matchLabels: {app: cart}}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: "8080"}]}]}]}',
        ),
      ],
    },
    { what: "no network policy at all", objects: [server(), policy(account("web"))] },
  ],
});
