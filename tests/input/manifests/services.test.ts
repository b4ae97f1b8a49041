import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { scenarioOf } from "../../../lib/input/scenario/scenario";
import { lint, Severity } from "../../../lib/lint";
import { compile } from "../../../lib/reachability";

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

/** The deployment `web` with other objects. */
function readAll(...items: object[]) {
  const read = readManifests([
    { file: "a", text: JSON.stringify({ apiVersion: "v1", kind: "List", items: [web, ...items] }) },
  ]);
  assert.deepEqual(read.problems, []);
  const policies = read.policies.map(({ manifest }) => manifest);
  return { policies, scenario: scenarioOf(read, policies) };
}

/** The outside peers that `web` reaches, and lint's findings about `toServices`. */
function judge(...items: object[]) {
  const { policies, scenario } = readAll(...items);
  const verdicts = [...compile(policies, scenario).verdicts()].filter(({ from }) => from === "shop/web");
  const findings = lint(policies, scenario).filter(({ rule }) => rule !== "dns-cut-off");
  return {
    reached: verdicts.filter(({ allowed }) => allowed).map(({ to, port }) => `${to} ${port}`),
    found: findings.map(({ rule }) => rule),
    said: findings.map(({ message }) => message).join(),
  };
}

test("toServices never selects the API server, whose Service every cluster has", () => {
  const denied = { reached: [], found: ["node-entities"] };
  const { said: _, ...alone } = judge(toService("kubernetes", "6443", "default"));
  assert.deepEqual(alone, denied);
  const listed = { ...service("kubernetes", { ports: [{ port: 443, targetPort: 6443 }] }) };
  listed.metadata = { name: "kubernetes", namespace: "default" };
  const endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "kubernetes", namespace: "default" },
    subsets: [{ addresses: [{ ip: "172.18.0.2" }] }],
  };
  const { said: __, ...given } = judge(toService("kubernetes", "6443", "default"), listed, endpoints);
  assert.deepEqual(given, denied);
});

/** The verdict of `web`'s rule for the world on its port. */
function aboutTheWorld({ policies, scenario }: ReturnType<typeof readAll>) {
  const flow = { from: "shop/web", to: "world", proto: "TCP", port: 9999 };
  const { allowed, unknown, egressRules } = compile(policies, scenario).verdict(flow);
  return { allowed, unknown, egressRules };
}
const notKnown = {
  ...{ allowed: false, unknown: ['the Service "missing" in the namespace "shop"'], egressRules: undefined },
};

test("a Service that no manifest describes has unknown pods, and lint explains the effect", () => {
  const alone = readAll(toService("missing", "9999"));
  assert.deepEqual(aboutTheWorld(alone), notKnown);
  const finding = lint(alone.policies, alone.scenario).find(({ rule }) => rule === "missing-service");
  assert.equal(finding?.severity, Severity.Warning);
  assert.match(
    finding?.message ?? "",
    /no Service missing in shop in the input, nor any other; unless the cluster has it, this rule allows its ports to anyone/,
  );
});

test("a Service that is missing among the given ones is probably a mistake, and also has unknown pods", () => {
  const given = readAll(toService("missing", "9999"), service("other", { selector: { app: "web" }, ports: [] }));
  assert.deepEqual(aboutTheWorld(given), notKnown);
  const finding = lint(given.policies, given.scenario).find(({ rule }) => rule === "missing-service");
  assert.equal(finding?.severity, Severity.Error);
  assert.doesNotMatch(finding?.message ?? "", /nor any other/);
});

test("an unknown Service beside an empty list of peers leaves the peers unknown", () => {
  for (const member of ["toEndpoints", "toCIDRSet"]) {
    const policy = toService("missing", "9999");
    const emptied = { ...policy, spec: { ...policy.spec, egress: [{ ...policy.spec.egress[0], [member]: [] }] } };
    assert.deepEqual(aboutTheWorld(readAll(emptied)), notKnown, member);
  }
});

test("a Service without a selector is unknown until a manifest has its endpoints", () => {
  const ext = service("missing", { ports: [{ port: 9999 }] });
  const given = readAll(toService("missing", "9999"), ext);
  const unknown = ['the addresses behind the Service "missing" in the namespace "shop"'];
  assert.deepEqual(aboutTheWorld(given), { ...notKnown, unknown });
  // A running cluster lists its Services, but not what is behind them.
  assert.deepEqual(aboutTheWorld({ ...given, scenario: { ...given.scenario, unseenServices: false } }), {
    ...notKnown,
    unknown,
  });
  const name = service("missing", { type: "ExternalName", externalName: "example.com" });
  assert.equal(aboutTheWorld(readAll(toService("missing", "9999"), name)).allowed, true);
});

test("where all Services are known, a missing one opens its ports to the world", () => {
  const { policies, scenario } = readAll(toService("missing", "9999"));
  const complete = { policies, scenario: { ...scenario, unseenServices: false } };
  assert.deepEqual(aboutTheWorld(complete), { allowed: true, unknown: undefined, egressRules: ["shop/web"] });
  const finding = lint(policies, complete.scenario).find(({ rule }) => rule === "missing-service");
  assert.match(finding?.message ?? "", /no Service missing in shop, so this rule allows its ports to anyone/);
});

test("a Service without a selector is the addresses of its Endpoints or EndpointSlices", () => {
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
  assert.deepEqual(judge(toService("ext", "5432"), bare, endpoints).reached, ["192.0.2.10/32 5432"]);
  const both = judge(toService("ext", "5432"), bare, endpoints, slice);
  assert.deepEqual(both.reached, ["192.0.2.10/32 5432", "192.0.2.11/32 5432"]);
  // The Endpoints of a Service with a selector are its pods.
  const selective = service("ext", { selector: { app: "db" }, ports: [{ port: 5432 }] });
  assert.deepEqual(judge(toService("ext", "5432"), selective, endpoints).reached, []);
});
