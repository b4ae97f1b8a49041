import assert from "node:assert/strict";
import { test } from "node:test";
import { isWorld } from "../../../lib/cilium/policy/identity";
import { readManifests } from "../../../lib/input/manifests/read";
import { scenarioOf } from "../../../lib/input/scenario/scenario";
import { compile } from "../../../lib/reachability";
import { stateOf } from "../../../lib/reachability/verdict";

const abc = [
  "{apiVersion: apps/v1, kind: Deployment, metadata: {name: abc, namespace: site}, spec: {template: {metadata: {labels: {app: abc}}, spec: {containers: [{name: c, ports: [{name: web, containerPort: 8080}]}]}}}}",
  "{apiVersion: v1, kind: Service, metadata: {name: abc, namespace: site}, spec: {selector: {app: abc}, ports: [{name: http, port: 80, targetPort: web}, {name: admin, port: 81, targetPort: 9000}]}}",
];
const gateway = (className: string) =>
  `{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public, namespace: edge}, spec: {gatewayClassName: ${className}, listeners: [{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}]}}`;
const route =
  "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: abc, namespace: site}, spec: {parentRefs: [{name: public, namespace: edge}], rules: [{backendRefs: [{name: abc, port: 80}]}]}}";
const ingress = (more: string, spec = "") =>
  `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: abc, namespace: site${more}}, spec: {${spec}rules: [{host: shop.example.org, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: abc, port: {name: admin}}}}]}}]}}`;
const only = (peer: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: abc, namespace: site}, spec: {endpointSelector: {}, ingress: [${peer}]}}`;

/** The routes, each with its verdict. */
function told(...documents: string[]) {
  const manifests = readManifests([{ file: "a.yaml", text: documents.join("\n---\n") }]);
  assert.deepEqual(manifests.problems, []);
  const policies = manifests.policies.map(({ manifest }) => manifest);
  const scenario = scenarioOf(manifests, policies);
  const reachability = compile(policies, scenario);
  return {
    isServed: scenario.endpoints.some(({ id }) => id === "ingress"),
    routes: (scenario.routes ?? []).map(({ object, ...flow }) =>
      [object, flow.to, flow.port, stateOf(reachability.verdict(flow))].join(" "),
    ),
    outside: scenario.endpoints.filter(isWorld).map(({ id }) => id),
    state: (from: string, to: string) => stateOf(reachability.verdict({ from, to, proto: "TCP", port: 80 })),
  };
}

test("a route of Cilium's proxy is asked about from the peer that the proxy is", () => {
  const http = "HTTPRoute site/abc site/abc 8080";
  assert.deepEqual(told(...abc, gateway("cilium"), route).routes, [`${http} allowed`]);
  const namespaces = only("{fromEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: edge}}]}");
  assert.deepEqual(told(...abc, gateway("cilium"), route, namespaces).routes, [`${http} denied`]);
  assert.deepEqual(told(...abc, gateway("cilium"), route, only("{fromEntities: [ingress]}")).routes, [
    `${http} allowed`,
  ]);
});

test("reads Ingresses by class, by annotation, or as the default", () => {
  const admin = ["Ingress site/abc site/abc 9000 allowed"];
  assert.deepEqual(told(...abc, ingress("", "ingressClassName: cilium, ")).routes, admin);
  assert.deepEqual(told(...abc, ingress(", annotations: {kubernetes.io/ingress.class: cilium}")).routes, admin);
  const nginx = told(...abc, ingress("", "ingressClassName: nginx, "));
  assert.deepEqual([nginx.routes, nginx.isServed], [[], false], "another's is a pod like others");
  assert.deepEqual(told(...abc, ingress("")).routes, [], "no class");
  const isDefault =
    '{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: cilium, annotations: {"ingressclass.kubernetes.io/is-default-class": "true"}}, spec: {controller: cilium.io/ingress-controller}}';
  assert.deepEqual(told(...abc, ingress(""), isDefault).routes, admin);
  const named =
    "{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: edge}, spec: {controllerName: io.cilium/gateway-controller}}";
  assert.equal(told(...abc, gateway("edge"), named, route).routes.length, 1, "by its controller");
  assert.equal(told(...abc, gateway("edge"), route).isServed, false);
});

test("a clusterwide policy for all endpoints also applies to the proxy, if there is one", () => {
  const lockdown =
    "{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: lockdown}, spec: {endpointSelector: {}, ingress: [{fromEntities: [cluster]}]}}";
  assert.equal(told(...abc, gateway("cilium"), lockdown).state("world", "ingress"), "denied");
  const without = told(...abc, lockdown, only("{fromEntities: [ingress]}"));
  assert.equal(without.state("world", "ingress"), "allowed", "nobody is there to decide");
});

test("a host name that the cluster serves itself is not the world", () => {
  const egress =
    "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: abc, namespace: site}, spec: {endpointSelector: {}, egress: [{toFQDNs: [{matchName: abc.example.com}, {matchName: shop.example.org}, {matchName: example.net}]}]}}";
  const { outside } = told(...abc, gateway("cilium"), ingress("", "ingressClassName: cilium, "), egress);
  assert.deepEqual(outside, ["world", "example.net"]);
});
