// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what this is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const policy = (spec: object, kind = "CiliumNetworkPolicy", metadata: object = { name: "p", namespace: "shop" }) => {
  const apiVersion = kind === "NetworkPolicy" ? "networking.k8s.io/v1" : "cilium.io/v2";
  const { policies, unseen, problems } = readManifests([
    { file: "p.yaml", text: JSON.stringify({ apiVersion, kind, metadata, spec }) },
  ]);
  assert.deepEqual(problems, []);
  return {
    spec: policies[0]?.manifest.spec as Record<string, unknown> | undefined,
    unseen: unseen.map(({ reason }) => reason),
  };
};
const endpointSelector = { matchLabels: { app: "proxy" } };
const port = (name: string) => [{ ports: [{ port: name, protocol: "TCP" }] }];

test("removes and reports what depends on a variable, and decides the rest of the policy", () => {
  const { spec, unseen } = policy({
    endpointSelector,
    ingress: [{ fromCIDR: ["${LAN}"], toPorts: port("4180") }, { fromCIDR: ["10.0.0.0/8", "${OTHER}"] }],
    egress: [
      { toFQDNs: [{ matchName: "auth.${DOMAIN}" }], toPorts: port("${PORT:=443}") },
      { toEntities: ["host"], toPorts: [{ ports: [{ port: "1" }, { port: "${P}" }] }] },
      { toEntities: ["host"], toPorts: port("${PORT:=443}") },
    ],
    ingressDeny: [{ fromCIDR: ["${LAN}"] }],
  });
  assert.deepEqual(spec?.ingress, [{ fromEntities: ["none"] }, { fromCIDR: ["10.0.0.0/8"] }]);
  assert.deepEqual(spec?.ingressDeny, [{ fromEntities: ["none"] }]);
  assert.deepEqual(spec?.egress, [
    { toEntities: ["none"] },
    { toEntities: ["host"], toPorts: [{ ports: [{ port: "1" }] }] },
    { toEntities: ["host"], toPorts: port("443") },
  ]);
  assert.deepEqual(unseen, ["a part of it depends on ${LAN}, ${OTHER}, ${DOMAIN}, ${P}, which is not known"]);
});

test("decides nothing of a policy whose subject or namespace is a variable", () => {
  const selected = policy({ endpointSelector: { matchLabels: { app: "${APP}" } }, ingress: [{}] });
  assert.deepEqual(selected, { spec: undefined, unseen: ["whom it selects depends on ${APP}, which is not known"] });
  const named = policy({ endpointSelector, ingress: [{}] }, "CiliumNetworkPolicy", { name: "p", namespace: "${NS}" });
  assert.deepEqual(named.unseen, ["what it is called depends on ${NS}, which is not known"]);
});

test("in a workload, only variables in its identity matter", () => {
  const told = (more: object, container: object) => {
    const template = {
      metadata: { labels: { app: "web", ...more } },
      spec: { containers: [{ name: "c", ...container }] },
    };
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { template } };
    const gateway = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "${NAME}" } };
    const text = `${JSON.stringify(deployment)}\n---\n${JSON.stringify(gateway)}`;
    return readManifests([{ file: "w.yaml", text }]).unseen.map(({ reason }) => reason);
  };
  assert.deepEqual(told({}, { image: "${IMAGE}", env: [{ name: "A", value: "${B}" }] }), []);
  const known = ["what others know it by depends on ${TIER}, which is not known"];
  assert.deepEqual(told({ tier: "${TIER}" }, {}), known);
});

test("a NetworkPolicy keeps its default deny", () => {
  const { spec } = policy({ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: "${LAN}" } }] }] }, "NetworkPolicy");
  assert.deepEqual([spec?.ingress, spec?.egress], [[{}], [{}]]);
});

test("uses defaults, and leaves alone text that only looks like a variable", () => {
  const { spec, unseen } = policy({
    endpointSelector,
    ingress: [{ fromCIDR: ["${LAN:-10.0.0.0/8}"] }],
    description: "costs ${ or $5",
  });
  assert.deepEqual([spec?.ingress, spec?.description, unseen], [[{ fromCIDR: ["10.0.0.0/8"] }], "costs ${ or $5", []]);
});

test("a variable host name does not matter in a route for a Gateway, and is reported as not seen in a route for a Server", () => {
  const route = (parent: object, hostname: string) => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "web", namespace: "shop" },
    spec: { parentRefs: [parent], hostnames: [hostname], rules: [{ backendRefs: [{ name: "web", port: 80 }] }] },
  });
  const read = (value: object) => {
    const { unseen, problems, authorization } = readManifests([{ file: "r.yaml", text: JSON.stringify(value) }]);
    assert.deepEqual(problems, []);
    return { unseen: unseen.map(({ reason }) => reason), count: authorization.length };
  };
  assert.deepEqual(read(route({ name: "public", namespace: "edge" }, "web.${DOMAIN}")), { unseen: [], count: 1 });
  const server = { group: "policy.linkerd.io", kind: "Server", name: "web" };
  assert.deepEqual(read(route(server, "web.${DOMAIN}")), {
    unseen: ["a part of it depends on ${DOMAIN}, which is not known"],
    count: 1,
  });
  assert.deepEqual(read(route({ name: "${GATEWAY}" }, "web.example.com")), {
    unseen: ["what it says depends on ${GATEWAY}, which is not known"],
    count: 0,
  });
});
