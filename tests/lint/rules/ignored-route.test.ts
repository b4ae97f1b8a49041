import { ignoredRoute } from "../../../lib/lint/rules/ignored-route";
import { gatewayRoute, route, server, testLinkerdRule, toServer } from "../linkerd-tester";

testLinkerdRule(ignoredRoute, {
  finds: [
    {
      what: "an unsupported filter",
      objects: [
        server(),
        gatewayRoute("HTTPRoute", "{filters: [{type: URLRewrite, urlRewrite: {hostname: a.example}}]}", toServer),
      ],
      finds: [["HTTPRoute shop/g", "spec", /ignored as a whole: the filter URLRewrite/]],
    },
    {
      what: "a missing Server",
      objects: [server(), route("{}", "r", "{group: policy.linkerd.io, kind: Server, name: htpp}")],
      finds: [["HTTPRoute shop/r", "spec.parentRefs", /no Server shop\/htpp/]],
    },
    {
      what: "a parent that is a Gateway, because no kind is written",
      objects: [server(), route("{}", "r", "{group: policy.linkerd.io, name: http}")],
      finds: [["HTTPRoute shop/r", "spec.parentRefs[0]", /is a Gateway of policy\.linkerd\.io/]],
    },
    {
      what: "a Server without its group in a route of the Gateway API",
      objects: [server(), gatewayRoute("HTTPRoute", "{}", "{kind: Server, name: http}")],
      finds: [["HTTPRoute shop/g", "spec.parentRefs[0]", /is a Server of gateway\.networking/]],
    },
  ],
  passes: [
    { what: "a route on a Server", objects: [server(), route("{}")] },
    {
      what: "a route of a Service, not of a Server",
      objects: [server(), gatewayRoute("HTTPRoute", "{}", '{group: "", kind: Service, name: http}')],
    },
  ],
});
