import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, apiServerOf } from "../../../lib/input/manifests/api-server";
import { readManifests } from "../../../lib/input/manifests/read";
import { scenarioOf } from "../../../lib/input/scenario/scenario";
import { compile } from "../../../lib/reachability";
import { stateOf } from "../../../lib/reachability/verdict";

const endpoints = (ip: string, port = 6443) =>
  `{apiVersion: v1, kind: Endpoints, metadata: {name: kubernetes, namespace: default}, subsets: [{addresses: [{ip: "${ip}"}], ports: [{name: https, port: ${port}}]}]}`;
const slice = (ip: string, port: number) =>
  `{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}, addressType: IPv4, endpoints: [{addresses: ["${ip}"]}], ports: [{name: https, port: ${port}, protocol: TCP}]}`;
const node = (name: string, ip: string, labels = "") =>
  `{apiVersion: v1, kind: Node, metadata: {name: ${name}, labels: {${labels}}}, status: {addresses: [{type: InternalIP, address: ${ip}}, {type: Hostname, address: ${name}}]}}`;
const web =
  "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: app, labels: {app: web}}, spec: {containers: [{name: c}]}}";
const egress = (rule: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: web, namespace: app}, spec: {endpointSelector: {matchLabels: {app: web}}, egress: [${rule}]}}`;
const config = (data: string) =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {${data}}}`;

/** The API server's peers, each with the verdict for `app/web`. */
function told(documents: readonly string[], given?: ApiServer) {
  const manifests = readManifests([{ file: "a.yaml", text: documents.join("\n---\n") }]);
  assert.deepEqual(manifests.problems, []);
  const { apiServer = given, agent } = manifests;
  const policies = manifests.policies.map(({ manifest }) => manifest);
  const scenario = scenarioOf({ ...manifests, ...(apiServer && { apiServer }) }, policies, { agent });
  const reachability = compile(policies, scenario);
  const found = scenario.endpoints.filter(({ id }) => id.startsWith("kube-apiserver"));
  return {
    apiServer: apiServer && `${apiServer.isOutside ? "outside" : "node"} ${apiServer.addresses.join()}`,
    to: found.map(({ id, ports = [] }) => {
      const verdict = reachability.verdict({ from: "app/web", to: id, proto: "TCP", port: ports[0]?.port ?? 0 });
      return [ports[0]?.port, stateOf(verdict)].join(" ");
    }),
  };
}

const world = egress("{toEntities: [world]}");

test("an API server outside the nodes is also the world", () => {
  assert.deepEqual(told([web, world]).to, ["6443 denied"]);
  assert.deepEqual(told([web, world, endpoints("203.0.113.7", 443)]).to, ["443 allowed"]);
  assert.deepEqual(told([web, world, slice("203.0.113.7", 443)]).to, ["443 allowed"]);
  assert.deepEqual(told([web, egress("{toEntities: [kube-apiserver]}"), endpoints("203.0.113.7")]).to, [
    "6443 allowed",
  ]);
  assert.deepEqual(told([web, egress("{toEntities: [cluster]}"), endpoints("203.0.113.7")]).to, ["6443 allowed"]);
  assert.deepEqual(told([web, egress("{toCIDR: [203.0.113.0/24]}"), endpoints("203.0.113.7")]).to, ["6443 allowed"]);
  assert.deepEqual(told([web, egress("{toCIDR: [198.51.100.0/24]}"), endpoints("203.0.113.7")]).to, ["6443 denied"]);
  const service = egress("{toServices: [{k8sService: {serviceName: kubernetes, namespace: default}}]}");
  assert.deepEqual(told([web, service, endpoints("203.0.113.7")]).to, ["6443 allowed"]);
  assert.deepEqual(told([web, service, endpoints("10.0.0.1")]).to, ["6443 denied"], "a node is no CIDR");
});

test("an API server that only the user places outside has unknown blocks", () => {
  const outside = { isOutside: true, addresses: [] };
  assert.deepEqual(told([web, world], outside).to, ["6443 allowed"]);
  assert.deepEqual(told([web, egress("{toCIDR: [203.0.113.0/24]}")], outside).to, ["6443 unknown"]);
  assert.deepEqual(told([web, egress("{toCIDR: [0.0.0.0/0]}")], outside).to, ["6443 allowed"]);
});

test("nodes show where the API server is; without nodes, its address and port do", () => {
  const where = (...documents: string[]) => told([web, world, ...documents]).apiServer;
  assert.equal(where(), undefined);
  assert.equal(where(endpoints("172.18.0.2")), "node 172.18.0.2");
  assert.equal(where(endpoints("10.0.12.7", 443)), "outside 10.0.12.7");
  assert.equal(where(endpoints("203.0.113.7"), node("a", "203.0.113.7")), "node 203.0.113.7");
  assert.equal(where(endpoints("10.0.0.9"), node("a", "10.0.0.1")), "outside 10.0.0.9");
  assert.equal(where(node("a", "10.0.0.1")), "node 10.0.0.1", "there is no other");
  assert.equal(where(node("a", "10.0.0.1"), node("b", "10.0.0.2")), undefined);
  const role = '"node-role.kubernetes.io/control-plane": ""';
  assert.equal(where(node("a", "10.0.0.1"), node("b", "10.0.0.2", role)), "node 10.0.0.2");
  assert.equal(apiServerOf([]), undefined);
});

test("with cidrMatchMode, the API server's node is matched by address, if it is known", () => {
  const rule = egress('{toCIDR: [192.168.7.11/32], toPorts: [{ports: [{port: "6443"}]}]}');
  const nodes = config("policy-cidr-match-mode: nodes");
  assert.deepEqual(told([web, rule, endpoints("192.168.7.11")]).to, ["6443 denied"]);
  assert.deepEqual(told([web, rule, nodes]).to, ["6443 unknown"]);
  assert.deepEqual(told([web, rule, nodes, endpoints("192.168.7.11")]).to, ["6443 allowed"]);
  assert.deepEqual(told([web, rule, nodes, endpoints("192.168.7.12")]).to, ["6443 denied"]);
});
