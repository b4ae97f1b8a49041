import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluate } from "../../../lib/manifests/evaluate";
import { stateOf } from "../../../lib/reachability/verdict";

const pod = (name: string, inject = "enabled", more = "") => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}, annotations: {linkerd.io/inject: ${inject}${more}}}
spec: {serviceAccountName: ${name}, containers: [{name: c, ports: [{containerPort: 80}]}]}
`;
const link = (spec: string) =>
  `---\n{apiVersion: multicluster.linkerd.io/v1alpha3, kind: Link, metadata: {name: west, namespace: linkerd-multicluster}, spec: {targetClusterName: west, ${spec}}}\n`;
const west = link("gatewayAddress: '192.0.2.7', gatewayPort: '4143', probeSpec: {port: '4191'}");
const service = (labels: string, name = "db-west") =>
  `---\n{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: shop, labels: {${labels}}}, spec: {ports: [{port: 5432}, {port: 80}]}}\n`;
const mirror = service("mirror.linkerd.io/mirrored-service: 'true', mirror.linkerd.io/cluster-name: west");
const policy = (rule: string, app = "web") =>
  `---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p-${app}, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: ${app}}}, ${rule}}}\n`;
const mode = (name: string) =>
  `---\n{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: r, namespace: linkerd}, spec: {chart: {spec: {chart: linkerd-control-plane}}, values: {proxy: {outboundTransportMode: ${name}}}}}\n`;
const base = pod("web") + pod("plain", "disabled");
const read = (...texts: string[]) => readManifests([{ file: "all.yaml", text: [base, ...texts].join("") }]);
function ask(texts: readonly string[], from: string, to: string, port = 4143) {
  const verdict = evaluate(read(...texts)).reachability.verdict({ from, to, proto: "TCP", port });
  return { ...verdict, state: stateOf(verdict) };
}
const gateway = "gateway of cluster west";

test("a linked cluster's gateway is an address that accepts connections of proxies alone", () => {
  const manifests = read(west);
  assert.deepEqual([manifests.unseen, manifests.problems], [[], []]);
  const found = evaluate(manifests).scenario.endpoints.find(({ id }) => id === gateway);
  assert.deepEqual([found?.ip, found?.ports], ["192.0.2.7", [{ port: 4143 }, { port: 4191 }]]);
  assert.equal(ask([west], "shop/web", gateway).wire?.mtls, true);
  assert.match(ask([west], "shop/plain", gateway).wire?.refused ?? "", /only mutual TLS/);
  assert.equal(ask([west], "shop/plain", gateway, 4191).allowed, true, "its probe");
  const narrow = policy("egress: [{toCIDR: [192.0.2.7/32], toPorts: [{ports: [{port: '4143'}]}]}]");
  assert.equal(ask([west, narrow], "shop/web", gateway).allowed, true);
  assert.equal(ask([west, narrow], "shop/web", gateway, 4191).allowed, false);
  const ids = evaluate(read(west, narrow)).scenario.endpoints.flatMap(({ id, ip }) => (ip === undefined ? [] : [id]));
  assert.deepEqual(ids, [gateway]);
  const other = link("gatewayAddress: '192.0.2.7,192.0.2.8', gatewayPort: '5143'");
  assert.equal(ask([other], "shop/web", `${gateway} 192.0.2.8`, 5143).wire?.mtls, true);
});

test("a client of a mirrored Service reaches the gateway in either mode, and what is behind it is unknown", () => {
  const to = "Service shop/db-west";
  for (const texts of [
    [west, mirror],
    [west, mirror, mode("transparent")],
  ]) {
    const verdict = ask(texts, "shop/web", to);
    assert.equal(verdict.state, "unknown");
    assert.deepEqual(verdict.unknown, ["whom cluster west admits behind its gateway: its policies are not known here"]);
    assert.deepEqual([verdict.wire?.port, verdict.wire?.mtls], [4143, true]);
    const shut = policy("egress: [{toEndpoints: [{}]}]");
    assert.equal(ask([...texts, shut], "shop/web", to).egress, "denied");
    assert.equal(ask(texts, "shop/plain", to).allowed, false);
  }
  const found = evaluate(read(west, mirror)).scenario.endpoints.find(({ id }) => id === to);
  assert.deepEqual(found?.ports, [{ port: 4143, standsFor: { label: "5432, 80" } }]);
});

test("without a Link, a mirrored Service's Endpoints give its gateway; a Service without a gateway is reported", () => {
  const endpoints =
    "---\n{apiVersion: v1, kind: Endpoints, metadata: {name: db-west, namespace: shop}, subsets: [{addresses: [{ip: 192.0.2.9}], ports: [{port: 4143}]}]}\n";
  const told = read(mirror, endpoints);
  assert.deepEqual(told.unseen, []);
  const found = evaluate(told).scenario.endpoints.find(({ id }) => id === "Service shop/db-west");
  assert.equal(found?.ip, "192.0.2.9");
  const reason = (...texts: string[]) => read(...texts).unseen.map(({ object, reason }) => `${object}: ${reason}`);
  assert.deepEqual(reason(mirror), [
    "Service shop/db-west: its clients connect to the gateway of cluster west, whose address is not known",
  ]);
  assert.deepEqual(reason(link("gatewayAddress: gw.west.example")), [
    "Link linkerd-multicluster/west: the address of its gateway is that of the name gw.west.example, so the gateway is not evaluated",
  ]);
  assert.deepEqual(reason(link("clusterCredentialsSecret: x")), [], "it has no gateway");
  assert.deepEqual(reason(west, service("multicluster.linkerd.io/remote-discovery: west")), [
    "Service shop/db-west: its clients connect to pods of cluster west, which no manifest here describes",
  ]);
});

test("proxies of other clusters reach this cluster's gateway, guarded by its Server and default policy, and appear as the gateway behind it", () => {
  const own = pod(
    "gw",
    "enabled",
    ", config.linkerd.io/enable-gateway: 'true', config.linkerd.io/default-inbound-policy: all-authenticated",
  );
  const peer = "any meshed peer of another cluster";
  assert.equal(ask([own], peer, "shop/gw").allowed, true);
  assert.match(ask([own], "world", "shop/gw").wire?.refused ?? "", /only mutual TLS/);
  const fromWorld = policy("ingress: [{fromEntities: [world], toPorts: [{ports: [{port: '4143'}]}]}]", "gw");
  assert.equal(ask([own, fromWorld], peer, "shop/gw").allowed, true);
  assert.equal(
    ask([own, fromWorld], `${peer} by a node`, "shop/gw").ingress,
    "denied",
    "whose address a node replaced",
  );
  assert.equal(ask([own, policy("ingress: [{fromEndpoints: [{}]}]", "gw")], peer, "shop/gw").ingress, "denied");
  const server =
    "---\n{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: gw, namespace: shop}, spec: {podSelector: {matchLabels: {app: gw}}, port: linkerd-proxy}}\n";
  assert.equal(ask([own, server], peer, "shop/gw").allowed, false);
  const admits = (identity: string) =>
    `---\n{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, metadata: {name: a, namespace: shop}, spec: {identities: ["${identity}"]}}\n---\n{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: a, namespace: shop}, spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: gw}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: a}]}}\n`;
  assert.equal(ask([own, server, admits("*")], peer, "shop/gw").allowed, true);
  assert.equal(
    ask([own, server, admits("web.shop.serviceaccount.identity.linkerd.cluster.local")], peer, "shop/gw").allowed,
    false,
  );
  const onWeb = server.replace("name: gw", "name: gw").replace("app: gw", "app: web").replace("linkerd-proxy", "80");
  const asGateway = admits("gw.shop.serviceaccount.identity.linkerd.cluster.local");
  assert.equal(ask([own, onWeb, asGateway], "shop/gw", "shop/web", 80).allowed, true);
  assert.equal(ask([own, onWeb, asGateway], peer, "shop/web", 80).allowed, false);
  const ids = evaluate(read()).scenario.endpoints.map(({ id }) => id);
  assert.ok(!ids.some((id) => id.startsWith(peer)), "without a gateway nobody comes to it");
});
