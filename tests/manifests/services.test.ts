import assert from "node:assert/strict";
import { test } from "node:test";
import { lint } from "../../lib/lint";
import { readManifests } from "../../lib/manifests/read";
import { scenarioOf } from "../../lib/manifests/scenario";
import { compile } from "../../lib/reachability/compile";

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: { template: { metadata: { labels: { app: "web" } }, spec: { containers: [] } } },
};
const service = (name: string, spec: object) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop" },
  spec,
});
const toService = (serviceName: string, port: string, namespace = "shop") => ({
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    endpointSelector: { matchLabels: { app: "web" } },
    egress: [
      { toServices: [{ k8sService: { serviceName, namespace } }], toPorts: [{ ports: [{ port, protocol: "TCP" }] }] },
    ],
  },
});

/** Whom `web` reaches outside, and what lint says of `toServices`. */
function readAll(...items: object[]) {
  const read = readManifests([
    { file: "a", text: JSON.stringify({ apiVersion: "v1", kind: "List", items: [web, ...items] }) },
  ]);
  assert.deepEqual(read.problems, []);
  const policies = read.policies.map(({ manifest }) => manifest);
  const scenario = scenarioOf(read, policies);
  const reached = [...compile(policies, scenario).verdicts()].filter(
    ({ from, allowed }) => from === "shop/web" && allowed,
  );
  const findings = lint(policies, scenario).filter(({ rule }) => rule !== "dns-cut-off");
  return {
    reached: reached.map(({ to, port }) => `${to} ${port}`),
    found: findings.map(({ rule }) => rule),
    said: findings.map(({ message }) => message).join(),
  };
}

test("toServices never leads to the API server, whose Service every cluster has", () => {
  const denied = { reached: [], found: ["node-entities"] };
  const { said: _, ...alone } = readAll(toService("kubernetes", "6443", "default"));
  assert.deepEqual(alone, denied);
  const listed = { ...service("kubernetes", { ports: [{ port: 443, targetPort: 6443 }] }) };
  listed.metadata = { name: "kubernetes", namespace: "default" };
  const endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "kubernetes", namespace: "default" },
    subsets: [{ addresses: [{ ip: "172.18.0.2" }] }],
  };
  const { said: __, ...given } = readAll(toService("kubernetes", "6443", "default"), listed, endpoints);
  assert.deepEqual(given, denied);
});

test("a Service that nothing describes opens its ports to the world, and lint says so", () => {
  const opened = { reached: ["world 9999"], found: ["missing-service"] };
  const { said, ...none } = readAll(toService("missing", "9999"));
  assert.deepEqual(none, opened);
  assert.match(said, /no Service missing in shop, nor any other among what was given/);
  const other = readAll(toService("missing", "9999"), service("other", { selector: { app: "web" }, ports: [] }));
  assert.deepEqual(other.found, ["missing-service"]);
  assert.doesNotMatch(other.said, /nor any other/);
});

test("a Service without selector is the addresses of its Endpoints or EndpointSlices", () => {
  const bare = service("ext", { ports: [{ port: 5432 }] });
  const endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "ext", namespace: "shop" },
    subsets: [{ addresses: [{ ip: "192.0.2.10" }], ports: [{ port: 5432 }] }],
  };
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "ext-1", namespace: "shop", labels: { "kubernetes.io/service-name": "ext" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["192.0.2.10"] }, { addresses: ["192.0.2.11"], conditions: { ready: false } }],
  };
  assert.deepEqual(readAll(toService("ext", "5432"), bare, endpoints).reached, ["192.0.2.10/32 5432"]);
  const both = readAll(toService("ext", "5432"), bare, endpoints, slice);
  assert.deepEqual(both.reached, ["192.0.2.10/32 5432", "192.0.2.11/32 5432"]);
  // Those of a Service with a selector are its pods.
  const selective = service("ext", { selector: { app: "db" }, ports: [{ port: 5432 }] });
  assert.deepEqual(readAll(toService("ext", "5432"), selective, endpoints).reached, []);
});
