import { grpcMatchWithoutMethod } from "../../../lib/lint/rules/grpc-match-without-method";
import { gatewayRoute, server, testLinkerdRule, toServer } from "../linkerd-tester";

testLinkerdRule(grpcMatchWithoutMethod, {
  finds: [
    {
      what: "a match of headers alone",
      objects: [
        server("port: 8080, proxyProtocol: gRPC"),
        gatewayRoute("GRPCRoute", "{matches: [{headers: [{name: a, value: b}]}]}", toServer),
      ],
      finds: [["GRPCRoute shop/g", "spec.rules[0].matches[0]", /denies everything/]],
    },
  ],
  passes: [
    {
      what: "a rule for everything",
      objects: [server("port: 8080, proxyProtocol: gRPC"), gatewayRoute("GRPCRoute", "{}", toServer)],
    },
    {
      what: "a service",
      objects: [
        server("port: 8080, proxyProtocol: gRPC"),
        gatewayRoute("GRPCRoute", "{matches: [{method: {service: a.B}}]}", toServer),
      ],
    },
  ],
});
