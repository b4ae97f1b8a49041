// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what this is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateManifests } from "../../lib/manifests";
import { stateOf } from "../../lib/reachability/verdict";

const pod = (name: string, annotations: object = {}) => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "shop", labels: { app: name }, annotations } },
  spec: { containers: [{ name: "c", ports: [{ containerPort: 80 }] }] },
});
const inject = { "linkerd.io/inject": "enabled" };
const maybeMeshed = pod("api", { "linkerd.io/inject": "${X}" });
const maybeSkipped = pod("api", { ...inject, "config.linkerd.io/skip-inbound-ports": "${X}" });
const web = pod("web", inject);
const linkerd = (version: string, kind: string, name: string, spec: object) => ({
  ...{ apiVersion: `policy.linkerd.io/${version}`, kind, metadata: { name, namespace: "shop" }, spec },
});
const server = linkerd("v1beta3", "Server", "api", {
  ...{ podSelector: { matchLabels: { app: "api" } }, port: 80, proxyProtocol: "HTTP/1" },
});
const ref = (kind: string, name: string) => ({ group: "policy.linkerd.io", kind, name });
const route = linkerd("v1beta3", "HTTPRoute", "a", {
  ...{ parentRefs: [ref("Server", "api")], rules: [{ matches: [{ path: { type: "Exact", value: "/a" } }] }] },
});
const admitted = linkerd("v1alpha1", "AuthorizationPolicy", "a", {
  ...{ targetRef: ref("HTTPRoute", "a"), requiredAuthenticationRefs: [] },
});

function ask(...items: object[]) {
  const text = JSON.stringify({ kind: "List", apiVersion: "v1", items });
  const { reachability, problems } = evaluateManifests([{ file: "a.json", text }]);
  assert.deepEqual(problems, []);
  return (from: string, port = 80) => {
    const verdict = reachability.verdict({ from, to: "shop/api", proto: "TCP", port });
    return { ...verdict, state: stateOf(verdict) };
  };
}

test("a port that may bypass the proxy is not denied by the proxy's decision", () => {
  const to = ask(maybeSkipped, web, server);
  for (const from of ["shop/web", "world"]) {
    assert.equal(to(from).state, "unknown", from);
    assert.deepEqual(to(from).unknown, ["the value of ${X}"]);
  }
});

test("promises no mTLS if a request may go without", () => {
  assert.deepEqual(ask(maybeSkipped, web)("shop/web").wire, { port: 80, mtls: false });
  assert.deepEqual(ask(maybeMeshed, web)("shop/web").wire, { port: 80, mtls: false });
  assert.equal(ask(pod("api", inject), web)("shop/web").wire?.mtls, true);
});

test("a request that a proxy would refuse is not allowed if there may be a proxy", () => {
  assert.equal(ask(maybeMeshed, web)("world", 4143).state, "unknown");
  assert.equal(ask(pod("api", inject), web)("world", 4143).state, "denied");
  assert.equal(ask(pod("api"), web)("world", 4143).state, "allowed");
});

test("a client whose own proxy would deny egress is unknown if it may have no proxy", () => {
  const nowhere = linkerd("v1alpha1", "EgressNetwork", "all", { trafficPolicy: "Deny" });
  const toWorld = (annotations: object) => {
    const text = JSON.stringify({
      kind: "List",
      apiVersion: "v1",
      items: [pod("web", annotations), pod("api", inject), nowhere],
    });
    const { reachability } = evaluateManifests([{ file: "a.json", text }]);
    return stateOf(reachability.verdict({ from: "shop/web", to: "world", proto: "TCP", port: 80 }));
  };
  assert.equal(toWorld({ "linkerd.io/inject": "${X}" }), "unknown");
  assert.equal(toWorld({ ...inject, "config.linkerd.io/skip-outbound-ports": "${X}" }), "unknown");
  assert.equal(toWorld(inject), "denied");
});

test("a proxy's routes do not decide requests if there may be no proxy", () => {
  const { state, linkerd: decided } = ask(maybeMeshed, web, server, route, admitted)("shop/web");
  assert.deepEqual([state, decided?.routes], ["unknown", undefined]);
  assert.equal(ask(pod("api", inject), web, server, route, admitted)("shop/web").linkerd?.routes?.length, 2);
});

test("Cilium's HTTP rules for only one of the possible ports do not decide requests", () => {
  const policy = (rules: object | undefined) => ({
    ...{ apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name: "p", namespace: "shop" } },
    spec: {
      endpointSelector: { matchLabels: { app: "api" } },
      ingress: [
        { toPorts: [{ ports: [{ port: "80", protocol: "TCP" }], ...(rules && { rules }) }] },
        { toPorts: [{ ports: [{ port: "4143", protocol: "TCP" }] }] },
      ],
    },
  });
  assert.equal(ask(maybeMeshed, web, policy({ http: [{ path: "/a" }] }))("shop/web").state, "unknown");
  assert.equal(ask(maybeMeshed, web, policy(undefined))("shop/web").state, "allowed");
});

test("clients with equal verdicts share one answer, however many they are", () => {
  const clients = ["a", "b", "c"].map((name) => pod(name, inject));
  const text = JSON.stringify({ kind: "List", apiVersion: "v1", items: [maybeMeshed, ...clients] });
  const { reachability, scenario } = evaluateManifests([{ file: "a.json", text }]);
  const { kindOf } = reachability.sourceClasses("shop/api", { proto: "TCP", port: 80 });
  const asked = scenario.endpoints.flatMap(({ id }, place) => (/^shop\/[abc]$/.test(id) ? [kindOf[place]] : []));
  assert.deepEqual([asked.length, new Set(asked).size], [3, 1]);
});
