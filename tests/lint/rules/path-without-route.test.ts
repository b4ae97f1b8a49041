import { pathWithoutRoute } from "../../../lib/lint/rules/path-without-route";
import { account, gatewayRoute, made, policy, route, server, testLinkerdRule, toServer } from "../linkerd-tester";

const onRoute = (name = "r") => `{group: policy.linkerd.io, kind: HTTPRoute, name: ${name}}`;
const health = route("{matches: [{path: {value: /health, type: Exact}, method: GET}]}", "health");
const nodes = made("NetworkAuthentication", "{networks: [{cidr: 10.0.0.0/8}]}", "nodes");
const healthForNodes = policy(
  "{group: policy.linkerd.io, kind: NetworkAuthentication, name: nodes}",
  onRoute("health"),
  "nodes",
);
const opened = [server(), health, nodes, healthForNodes];
const web = policy(account("web"));
const service =
  "{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}, ports: [{port: 80, targetPort: http}]}}";
const toService = "{group: core, kind: Service, name: cart, port: 80}";
const api = route("{matches: [{path: {value: /api}}]}", "api");
const sends = (rules: string, parent = toService) => route(rules, "out", parent);
const edge = "{name: public}";
const backend = "backendRefs: [{name: cart, port: 80}]";

testLinkerdRule(pathWithoutRoute, {
  finds: [
    {
      what: "a GRPCRoute without rules, which takes nothing",
      objects: [server("port: 8080, proxyProtocol: gRPC"), gatewayRoute("GRPCRoute", "", toServer), web],
      finds: [
        ["Server shop/http", "spec", /^GRPCRoute g has no rules .* everything gets 404 on port 8080 of shop\/cart$/],
      ],
    },
    {
      what: "a route for the nodes beside a policy for the whole Server",
      objects: [...opened, web],
      finds: [
        [
          "Server shop/http",
          "spec",
          /^AuthorizationPolicy p admits clients to the whole Server, but since HTTPRoute health is attached, requests that it does not take get 404 on port 8080 of shop\/cart$/,
        ],
      ],
    },
    {
      what: "the same with what accessPolicy and a policy of the namespace give",
      objects: [
        server("port: 8080, accessPolicy: all-authenticated"),
        ...opened.slice(1),
        policy(account("web"), "{kind: Namespace, name: shop}"),
      ],
      finds: [
        [
          "Server shop/http",
          "spec",
          /^AuthorizationPolicy p, accessPolicy all-authenticated admit clients to the whole Server, but since HTTPRoute health is attached/,
        ],
      ],
    },
    {
      what: "a gRPC Server whose route takes one service",
      objects: [
        server("port: 8080, proxyProtocol: gRPC"),
        gatewayRoute("GRPCRoute", "{matches: [{method: {service: a.B}}]}", toServer),
        policy(account("job"), "{group: gateway.networking.k8s.io, kind: GRPCRoute, name: g}", "job"),
        web,
      ],
      finds: [["Server shop/http", "spec", /since GRPCRoute g is attached/]],
    },
    {
      what: "a route of the Service that sends what the Server has no route for",
      objects: [
        server(),
        api,
        service,
        sends("{matches: [{path: {value: /api}}, {path: {value: /admin}, method: POST}]}"),
      ],
      finds: [
        [
          "HTTPRoute shop/out",
          "spec.rules[0].matches[1]",
          /^sends POST for \/admin to port 8080 of shop\/cart, where no route of Server http takes them: 404$/,
        ],
      ],
    },
    {
      what: "a Gateway's route, by its backend, with an exact path, and one below which the Server has nothing",
      objects: [
        server(),
        api,
        service,
        gatewayRoute(
          "HTTPRoute",
          `{matches: [{path: {type: Exact, value: /}}, {path: {value: /apis}}], ${backend}}`,
          edge,
          "in",
        ),
      ],
      finds: [
        ["HTTPRoute shop/in", "spec.rules[0].matches[0]", /sends requests for \/ to port 8080/],
        ["HTTPRoute shop/in", "spec.rules[0].matches[1]", /sends requests for \/apis to port 8080/],
      ],
    },
    {
      what: "headers and parameters that the Server's route requires and the other does not send",
      objects: [
        server(),
        route(
          "{matches: [{path: {value: /api}, headers: [{name: x-a, value: '1'}], queryParams: [{name: q, value: '2'}]}]}",
          "api",
        ),
        service,
        sends(
          "{matches: [{path: {type: Exact, value: /api}, headers: [{name: X-A, value: '1'}], queryParams: [{name: q, value: '2'}]}, {path: {type: Exact, value: /api}}]}",
        ),
      ],
      finds: [["HTTPRoute shop/out", "spec.rules[0].matches[1]", /for \/api/]],
    },
  ],
  passes: [
    {
      what: "a GRPCRoute without rules beside one that has some",
      objects: [
        server("port: 8080, proxyProtocol: gRPC"),
        gatewayRoute("GRPCRoute", "", toServer),
        gatewayRoute("GRPCRoute", "{}", toServer, "all"),
      ],
    },
    { what: "one on a Server that does not use it", objects: [server(), gatewayRoute("GRPCRoute", "", toServer)] },
    { what: "without a route", objects: [server(), web] },
    {
      what: "with a route for everything else",
      objects: [...opened, web, route("{matches: [{path: {value: /}}]}", "all")],
    },
    { what: "if nobody is admitted to the whole Server", objects: opened },
    { what: "a route that narrows access and admits nobody else", objects: [server(), health, web] },
    {
      what: "a route that does nothing, on an opaque Server",
      objects: [server("port: 8080, proxyProtocol: opaque"), ...opened.slice(1), web],
    },
    {
      what: "a Server that selects no pod",
      objects: [...opened, web].map((one) => one.replace("app: cart", "app: gone")),
    },
    {
      what: "requests of which another route takes a part",
      objects: [server(), api, service, sends("{matches: [{path: {value: /}}]}")],
    },
    {
      what: "a pattern, and a path that is rewritten on the way",
      objects: [
        server(),
        api,
        service,
        gatewayRoute(
          "HTTPRoute",
          `{matches: [{path: {type: RegularExpression, value: /x.*}}], ${backend}}, {matches: [{path: {value: /old}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /api}}}], ${backend}}`,
          edge,
          "in",
        ),
      ],
    },
    {
      what: "a Service of other pods",
      objects: [server(), api, service.replace("app: cart", "app: web"), sends("{matches: [{path: {value: /admin}}]}")],
    },
    { what: "a Server without routes", objects: [server(), service, sends("{matches: [{path: {value: /admin}}]}")] },
  ],
});
