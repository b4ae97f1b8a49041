import { routeOfAnotherProtocol } from "../../../lib/lint/rules/route-of-another-protocol";
import { gatewayRoute, route, server, testLinkerdRule, toServer } from "../linkerd-tester";

testLinkerdRule(routeOfAnotherProtocol, {
  finds: [
    {
      what: "a GRPCRoute on a Server that detects",
      objects: [server(), gatewayRoute("GRPCRoute", "{}", toServer)],
      finds: [["GRPCRoute shop/g", "spec.parentRefs[0]", /does nothing on Server http, which takes HTTP/]],
    },
    {
      what: "an HTTPRoute on one of gRPC, and on an opaque one",
      objects: [server("port: 8080, proxyProtocol: gRPC"), route("{}")],
      finds: [["HTTPRoute shop/r", "spec.parentRefs[0]", /which takes gRPC/]],
    },
    {
      what: "an HTTPRoute beside a GRPCRoute",
      objects: [server("port: 8080, proxyProtocol: gRPC"), route("{}"), gatewayRoute("GRPCRoute", "{}", toServer)],
      finds: [["HTTPRoute shop/r", "spec.parentRefs[0]", /since a GRPCRoute names it/]],
    },
  ],
  passes: [
    { what: "an HTTPRoute on HTTP/2", objects: [server("port: 8080, proxyProtocol: HTTP/2"), route("{}")] },
    {
      what: "a GRPCRoute on gRPC",
      objects: [server("port: 8080, proxyProtocol: gRPC"), gatewayRoute("GRPCRoute", "{}", toServer)],
    },
  ],
});
