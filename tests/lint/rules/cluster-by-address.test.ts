import { clusterByAddress } from "../../../lib/lint/rules/cluster-by-address";
import { made, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(clusterByAddress, {
  finds: [
    {
      what: "an accessPolicy for the cluster",
      objects: [server("port: 8080, accessPolicy: cluster-unauthenticated")],
      finds: [["Server shop/http", "spec.accessPolicy", /about addresses in clusterNetworks/]],
    },
    {
      what: "a ServerAuthorization without networks",
      objects: [
        server(),
        made("ServerAuthorization", "{server: {name: http}, client: {unauthenticated: true}}", "m", "v1beta1"),
      ],
      finds: [["ServerAuthorization shop/m", "spec.client", /for addresses in clusterNetworks alone/]],
    },
  ],
  passes: [
    { what: "everybody who is meshed", objects: [server("port: 8080, accessPolicy: all-authenticated")] },
    {
      what: "a ServerAuthorization with networks",
      objects: [
        server(),
        made(
          "ServerAuthorization",
          "{server: {name: http}, client: {networks: [{cidr: 10.0.0.0/8}], unauthenticated: true}}",
          "m",
          "v1beta1",
        ),
      ],
    },
  ],
});
