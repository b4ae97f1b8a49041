import { probesShutOut } from "../../../lib/lint/rules/probes-shut-out";
import { account, policy, route, server, testLinkerdRule } from "../linkerd-tester";

const probing = (path: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: bare, namespace: shop, labels: {app: bare}, annotations: {linkerd.io/inject: enabled}}, spec: {containers: [{name: c, ports: [{name: web, containerPort: 8080}], livenessProbe: {httpGet: {path: "${path}", port: web}}}]}}`;

testLinkerdRule(probesShutOut, {
  finds: [
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
      what: "a route that takes it, for meshed clients alone",
      objects: [
        server(),
        route("{matches: [{path: {value: /}}]}"),
        policy(account("web"), "{group: policy.linkerd.io, kind: HTTPRoute, name: r}"),
      ],
      finds: [["Server shop/http", "spec", /gets 403/]],
    },
    {
      what: "a path without a leading slash, which Linkerd does not let in",
      objects: [server("port: 8080", "http").replace("{app: cart}", "{app: bare}"), probing("healthz")],
      finds: [["Server shop/http", "spec", /GET \/healthz, whose path is written without a slash, .* gets 403/]],
    },
  ],
  passes: [
    {
      what: "the same path with it",
      objects: [server("port: 8080", "http").replace("{app: cart}", "{app: bare}"), probing("/healthz")],
    },
    {
      what: "one without it, where everybody is let in",
      objects: [
        server("port: 8080, accessPolicy: all-unauthenticated").replace("{app: cart}", "{app: bare}"),
        probing("healthz"),
      ],
    },
    { what: "a Server that denies, without routes", objects: [server()] },
    {
      what: "an opaque one that everybody may use",
      objects: [server("port: 8080, proxyProtocol: opaque, accessPolicy: all-unauthenticated")],
    },
    { what: "another port", objects: [server("port: 5432, proxyProtocol: opaque")] },
  ],
});
