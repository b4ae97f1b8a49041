import { probesShutOut } from "../../../lib/lint/rules/probes-shut-out";
import { account, gatewayRoute, policy, route, server, testLinkerdRule, toServer } from "../linkerd-tester";

const probing = (path: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: bare, namespace: shop, labels: {app: bare}, annotations: {linkerd.io/inject: enabled}}, spec: {containers: [{name: c, ports: [{name: web, containerPort: 8080}], livenessProbe: {httpGet: {path: "${path}", port: web}}}]}}`;

const calling =
  "{apiVersion: v1, kind: Pod, metadata: {name: bare, namespace: shop, labels: {app: bare}, annotations: {linkerd.io/inject: enabled}}, spec: {containers: [{name: c, ports: [{containerPort: 8080}], readinessProbe: {grpc: {port: 8080}}}]}}";
const grpcServer = server("port: 8080, proxyProtocol: gRPC").replace("{app: cart}", "{app: bare}");
const health = gatewayRoute("GRPCRoute", "{matches: [{method: {service: grpc.health.v1.Health}}]}", toServer);

testLinkerdRule(probesShutOut, {
  finds: [
    {
      what: "a gRPC probe, for which Linkerd has no default authorization",
      objects: [grpcServer, calling],
      finds: [["Server shop/http", "spec", /^the kubelet's gRPC probe on port 8080 of shop\/bare gets 403/]],
    },
    {
      what: "a gRPC probe whose call no route takes",
      objects: [
        grpcServer,
        calling,
        gatewayRoute("GRPCRoute", "{matches: [{method: {service: shop.Cart}}]}", toServer),
      ],
      finds: [["Server shop/http", "spec", /gRPC probe .* gets 404/]],
    },
    {
      what: "an opaque Server",
      objects: [server("port: 8080, proxyProtocol: opaque")],
      finds: [["Server shop/http", "spec", /GET \/ready on port 8080 of shop\/cart is closed/]],
    },
    {
      what: "a route that does not take the probe's path",
      objects: [server(), route("{matches: [{path: {value: /api}}]}")],
      finds: [["Server shop/http", "spec", /GET \/ready .* gets 404/]],
    },
    {
      what: "a route that takes it, but only for meshed clients",
      objects: [
        server(),
        route("{matches: [{path: {value: /}}]}"),
        policy(account("web"), "{group: policy.linkerd.io, kind: HTTPRoute, name: r}"),
      ],
      finds: [["Server shop/http", "spec", /gets 403/]],
    },
    {
      what: "a path without a leading slash, which Linkerd does not admit",
      objects: [server("port: 8080", "http").replace("{app: cart}", "{app: bare}"), probing("healthz")],
      finds: [["Server shop/http", "spec", /GET \/healthz, whose path is written without a slash, .* gets 403/]],
    },
  ],
  passes: [
    { what: "a gRPC probe of a port that no Server selects", objects: [calling] },
    {
      what: "one that a route admits",
      objects: [
        grpcServer,
        calling,
        health,
        policy("", "{group: gateway.networking.k8s.io, kind: GRPCRoute, name: g}"),
      ],
    },
    {
      what: "the same path with it",
      objects: [server("port: 8080", "http").replace("{app: cart}", "{app: bare}"), probing("/healthz")],
    },
    {
      what: "one without it, if everybody is admitted",
      objects: [
        server("port: 8080, accessPolicy: all-unauthenticated").replace("{app: cart}", "{app: bare}"),
        probing("healthz"),
      ],
    },
    { what: "a Server that denies, without routes", objects: [server()] },
    {
      what: "an opaque one that admits everybody",
      objects: [server("port: 8080, proxyProtocol: opaque, accessPolicy: all-unauthenticated")],
    },
    { what: "another port", objects: [server("port: 5432, proxyProtocol: opaque")] },
  ],
});
