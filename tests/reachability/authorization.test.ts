import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, type Scenario } from "../../lib/reachability";
import { diffReachability } from "../../lib/reachability/diff";
import { decidedBy } from "../../lib/reachability/words";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { pod } from "./meshed-pod";

type Objects = NonNullable<NonNullable<Scenario["mesh"]>["authorization"]>["objects"];

const cart = pod("cart", {
  ports: [{ port: 8080, name: "http" }, { port: 9090 }],
  inbound: { containers: [{ ports: [], readinessProbe: { httpGet: { path: "/ready", port: 8080 } } }] },
});
const endpoints = [
  cart,
  pod("web"),
  pod("job"),
  pod("plain", { mesh: { injected: false } }),
  { id: "kubelet", reserved: ["host"] },
];

const made = (kind: string, name: string, spec: object, more: object = {}) => ({
  apiVersion: kind === "Server" ? "policy.linkerd.io/v1beta3" : "policy.linkerd.io/v1alpha1",
  kind,
  metadata: { namespace: "shop", name, ...more },
  spec,
});
const server = (name: string, spec: object = {}, more: object = {}) =>
  made(
    "Server",
    name,
    { podSelector: { matchLabels: { app: "cart" } }, port: 8080, accessPolicy: "deny", ...spec },
    more,
  );
const admitsWeb = (target: { kind: string; name: string }) =>
  made("AuthorizationPolicy", `for-${target.name}`, {
    targetRef: { group: "policy.linkerd.io", ...target },
    requiredAuthenticationRefs: [{ kind: "ServiceAccount", name: "web" }],
  });
const route = (name: string, path: string) => ({
  ...made("HTTPRoute", name, {
    parentRefs: [{ group: "policy.linkerd.io", kind: "Server", name: "http" }],
    rules: [{ matches: [{ path: { type: "Exact", value: path }, method: "GET" }] }],
  }),
  apiVersion: "policy.linkerd.io/v1beta3",
});

const scenario = (objects: Objects, more: object = {}): Scenario => ({
  endpoints,
  mesh: { transportMode: TransportMode.Transparent, authorization: { objects, ...more } },
});
const ask = (
  from: string,
  objects: Objects,
  { port = 8080, ...more }: { port?: number; defaultPolicy?: string } = {},
) => compile([], scenario(objects, more)).verdict({ from, to: "shop/cart", proto: "TCP", port });

test("a Server that admits one account denies the others, names the account, and leaves other ports alone", () => {
  const objects = [server("http"), admitsWeb({ kind: "Server", name: "http" })];
  assert.equal(ask("shop/web", objects).allowed, true);
  assert.match(decidedBy(ask("shop/web", objects)), /Linkerd: Server http, AuthorizationPolicy for-http/);
  for (const client of ["shop/job", "shop/plain"]) {
    assert.equal(ask(client, objects).allowed, false);
    const whom = client === "shop/plain" ? "over mTLS sa web.shop" : "sa web.shop";
    assert.equal(decidedBy(ask(client, objects)), `Linkerd: Server http admits only ${whom} (403), but GET /ready ✓`);
  }
  const other = ask("shop/plain", objects, { port: 9090 });
  assert.deepEqual([other.allowed, other.linkerd], [true, undefined]);
});

test("only probes of the kubelet pass a Server that denies", () => {
  const verdict = ask("kubelet", [server("http")]);
  assert.deepEqual(verdict.linkerd?.routes, [
    { requests: "GET /ready", match: { method: "GET", path: { type: "Exact", value: "/ready" } }, verdict: "allowed" },
    { requests: "everything else", verdict: "denied", status: 403 },
  ]);
});

test("the cluster's default policy decides if no Server selects the port", () => {
  assert.equal(ask("shop/plain", [], { port: 9090, defaultPolicy: "deny" }).allowed, false);
  assert.equal(ask("shop/plain", [], { port: 9090, defaultPolicy: "all-authenticated" }).allowed, false);
  assert.equal(ask("shop/web", [], { port: 9090, defaultPolicy: "all-authenticated" }).allowed, true);
  const byAddress = ask("shop/web", [], { port: 9090, defaultPolicy: "cluster-authenticated" });
  assert.equal(byAddress.allowed, false);
  assert.match(byAddress.unknown?.join() ?? "", /address/);
});

test("overlapping Servers leave the verdict unknown until creation times tell which owns the port", () => {
  const open = { accessPolicy: "all-unauthenticated" };
  assert.match(ask("shop/job", [server("a"), server("b", open)]).unknown?.join() ?? "", /Server a and Server b/);
  const older = { creationTimestamp: "2024-01-01T00:00:00Z" };
  const younger = { creationTimestamp: "2024-01-02T00:00:00Z" };
  assert.equal(ask("shop/job", [server("a", {}, younger), server("b", open, older)]).allowed, true);
});

test("an opaque Server moves its port to 4143 in transparent mode", () => {
  const objects = [server("http", { proxyProtocol: "opaque" }), admitsWeb({ kind: "Server", name: "http" })];
  const verdict = ask("shop/web", objects);
  assert.deepEqual([verdict.wire?.port, verdict.allowed], [4143, true]);
  assert.equal(ask("shop/web", [server("http")]).wire?.port, 8080);
});

test("shows the decision by route, and reports an edge as opened if a route opens", () => {
  const objects = [server("http"), route("env", "/env"), admitsWeb({ kind: "HTTPRoute", name: "env" })];
  assert.match(decidedBy(ask("shop/web", objects)), /GET \/env ✓, everything else ✗ 404/);
  assert.equal(ask("shop/job", objects).allowed, false);
  const more = [...objects, route("info", "/info"), admitsWeb({ kind: "HTTPRoute", name: "info" })];
  const side = (given: Objects) => ({ scenario: scenario(given), reachability: compile([], scenario(given)) });
  const names = (changes: readonly { from: readonly string[] }[]) => changes.flatMap(({ from }) => from);
  const { opened, closed } = diffReachability(side(objects), side(more));
  assert.deepEqual([names(opened), names(closed)], [["shop/web"], []]);
  assert.deepEqual(names(diffReachability(side(more), side(objects)).closed), ["shop/web"]);
});

test("every query gives the same answer, whatever the order of the objects", () => {
  const objects = [server("http"), admitsWeb({ kind: "Server", name: "http" }), server("admin", { port: 9090 })];
  const given = compile([], scenario(objects));
  const turned = compile([], scenario([...objects].reverse()));
  const matrix = given.matrix([{ proto: "TCP", port: 8080 }]);
  const all = [...given.verdicts()];
  assert.deepEqual([...turned.verdicts()], all);
  const answered = [...given.answers()].flatMap(({ from, verdict }) => from.map((id) => ({ ...verdict, from: id })));
  const key = ({ from, port }: { from: string; port: number }) => `${port} ${from}`;
  const sorted = <V extends { from: string; port: number }>(verdicts: V[]) =>
    verdicts.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  assert.deepEqual(sorted(answered), sorted(all));
  assert.equal(matrix.allowed(1, 0, 0), true);
  assert.equal(matrix.allowed(2, 0, 0), false);
});
