import { meshPortBlocked } from "../../../lib/lint/rules/mesh-port-blocked";
import { account, cilium, policy, server, testLinkerdRule } from "../linkerd-tester";

const to = (ports: string) =>
  cilium(
    `{endpointSelector: {matchLabels: {app: cart}}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [${ports}]}]}]}`,
  );

testLinkerdRule(meshPortBlocked, {
  finds: [
    {
      what: "an opaque Server's port without 4143, although the mode is transparent",
      objects: [server("port: 8080, proxyProtocol: opaque"), policy(account("web")), to('{port: "8080"}')],
      finds: [
        [
          "CiliumNetworkPolicy shop/c",
          "spec.ingress[0].toPorts[0]",
          /shop\/cart on 8080, an opaque port, travel to 4143/,
        ],
      ],
    },
  ],
  passes: [
    {
      what: "with 4143",
      objects: [
        server("port: 8080, proxyProtocol: opaque"),
        policy(account("web")),
        to('{port: "8080"}, {port: "4143"}'),
      ],
    },
    { what: "a Server that detects", objects: [server(), policy(account("web")), to('{port: "8080"}')] },
  ],
});
