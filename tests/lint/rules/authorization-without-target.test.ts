import { authorizationWithoutTarget } from "../../../lib/lint/rules/authorization-without-target";
import { account, policy, route, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(authorizationWithoutTarget, {
  finds: [
    {
      what: "a misspelt Server",
      objects: [server(), policy(account("web"), "{group: policy.linkerd.io, kind: Server, name: htpp}")],
      finds: [["AuthorizationPolicy shop/p", "spec.targetRef.name", /no Server shop\/htpp.*"http"/]],
    },
    {
      what: "a route of the other API group",
      objects: [
        server(),
        route("{}"),
        policy(account("web"), "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}"),
      ],
      finds: [["AuthorizationPolicy shop/p", "spec.targetRef.group", /HTTPRoute r is one of policy\.linkerd\.io/]],
    },
    {
      what: "a namespace without a Server",
      objects: [policy(account("web"), "{kind: Namespace, name: shop}")],
      finds: [["AuthorizationPolicy shop/p", "spec.targetRef", /no Server in the namespace shop/]],
    },
  ],
  passes: [
    { what: "a Server", objects: [server(), policy(account("web"))] },
    { what: "a namespace with a Server", objects: [server(), policy(account("web"), "{kind: Namespace, name: shop}")] },
    {
      what: "a route of its own group",
      objects: [server(), route("{}"), policy(account("web"), "{group: policy.linkerd.io, kind: HTTPRoute, name: r}")],
    },
  ],
});
