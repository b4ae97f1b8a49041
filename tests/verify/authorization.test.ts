import assert from "node:assert/strict";
import { test } from "node:test";
import { Endpoints, Port } from "../../lib/cilium/model";
import { sandboxPolicies } from "../../lib/components/sandbox/edges";
import { fenceAuthorizations } from "../../lib/fence/fence";
import type { HttpRequestMatch, LinkerdManifest } from "../../lib/linkerd/model";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { admissionOf, authorizationCounts, authorizationMetrics, refusalOf } from "../../lib/verify/authorization";
import { curlCommand } from "../../lib/verify/curl";
import { readMetrics } from "../../lib/verify/metrics";
import { type Observation, observeCurl } from "../../lib/verify/observation";
import type { EdgeReport } from "../../lib/verify/report";
import { recordedText } from "./recordings";
import { run, sandbox } from "./sandbox";

// A recording of a proxy with a Server and one AuthorizationPolicy: its counters name admitted and refused clients.
const increases = readMetrics(recordedText("cart-proxy.metrics.txt"), authorizationMetrics);
const account = (serviceAccount: string, namespace: string) => ({ serviceAccount, namespace, secured: true });

test("a recorded proxy names the authorization that admitted one client, and counts the refusal of another", () => {
  const frontend = authorizationCounts(increases, 9898, account("frontend", "shop"));
  assert.deepEqual(frontend.refused, []);
  assert.deepEqual(frontend.admitted.map(({ owner, by }) => `${owner}: ${by}`).sort(), [
    "Server cart-http: AuthorizationPolicy cart-frontend",
    "default policy all-unauthenticated: default policy all-unauthenticated",
  ]);
  const reporter = authorizationCounts(increases, 9898, account("reporter", "ops"));
  assert.deepEqual(reporter.refused, [{ owner: "Server cart-http", count: 3 }]);
  assert.deepEqual(authorizationCounts(increases, 9797, account("reporter", "ops")), { admitted: [], refused: [] });
  const kubelet = authorizationCounts(increases, 9898, { ...account("default", "shop"), secured: false });
  assert.deepEqual(kubelet, { admitted: [], refused: [] }, "the kubelet's probes are nobody's requests");
});

const answer = (status: number, more: Partial<Observation> = {}): Observation => ({
  outcome: "reached",
  how: `HTTP ${status}`,
  status,
  ...more,
});
const nothing = { admitted: [], refused: [] };

test("a 403 is the proxy's if its counter rose, and the application's if not", () => {
  const reporter = authorizationCounts(increases, 9898, account("reporter", "ops"));
  assert.deepEqual(refusalOf(answer(403), reporter, undefined), {
    state: "refused",
    how: "the target's proxy refused it: Server cart-http (3 times)",
  });
  assert.equal(refusalOf(answer(403), nothing, undefined), undefined);
  assert.equal(refusalOf(answer(200), nothing, undefined), undefined);
  const missing = { admitted: [], refused: [{ owner: "Server api", route: "read", count: 1 }] };
  assert.match(refusalOf(answer(404), missing, undefined)?.how ?? "", /Server api, route read/);
});

test("a connection closed by the target's side is a refusal if the proxy counted one; otherwise the target's own pod decides", () => {
  // As a live cluster answered an unmeshed client of an opaque port: curl 52, and one more `inbound_tcp_authz_deny_total`.
  const labels =
    'srv_kind="default",srv_name="cluster-authenticated",srv_port="9898",tls="no_identity",no_tls_reason="port_skipped"';
  const counted = authorizationCounts(
    readMetrics(`inbound_tcp_authz_deny_total{${labels}} 1\n`, authorizationMetrics),
    9898,
    { ...account("default", "mall"), secured: false },
  );
  const closed = observeCurl({ exit: 52, connected: true, seconds: 0.1 }, false);
  assert.deepEqual(refusalOf(closed, counted, undefined), {
    state: "refused",
    how: "the target's proxy refused it: default policy cluster-authenticated",
  });
  assert.equal(refusalOf(closed, nothing, undefined), undefined, "the application closed it");
  const unread = "port 4191 did not answer";
  assert.equal(refusalOf(closed, unread, answer(200))?.state, "refused");
  assert.equal(refusalOf(closed, unread, closed), undefined, "the application does so to its own pod, too");
  assert.equal(refusalOf(closed, unread, undefined)?.state, "unclear");
});

test("without counters, the target's own answer decides; without that, nothing does", () => {
  const unread = "port 4191 did not answer";
  assert.deepEqual(refusalOf(answer(403), unread, answer(200)), {
    state: "refused",
    how: "its own pod is answered 200: the 403 is the proxy's",
  });
  assert.equal(refusalOf(answer(403), unread, answer(403)), undefined, "the application says so to its own pod, too");
  assert.equal(refusalOf(answer(403), unread, undefined)?.state, "unclear");
  assert.equal(refusalOf(answer(403), undefined, { outcome: "none", how: "no curl" })?.state, "unclear");
  const told = answer(403, { proxyError: "unauthorized request on route" });
  assert.match(refusalOf(told, unread, undefined)?.how ?? "", /refuses it: unauthorized request on route/);
});

test("a cut TCP connection is a refusal if the proxy counted one", () => {
  const cut: Observation = { outcome: "reached", how: "HTTP 502 from the client's proxy", refusal: true };
  const counted = { admitted: [], refused: [{ owner: "Server db", count: 1 }] };
  assert.equal(refusalOf(cut, counted, undefined)?.state, "refused");
  assert.equal(refusalOf(cut, nothing, undefined), undefined, "the port is closed");
});

test("compares the admitting authorization with the predicted one", () => {
  const frontend = authorizationCounts(
    increases.filter(({ labels }) => labels.srv_kind === "server"),
    9898,
    account("frontend", "shop"),
  );
  const predicted = { owner: "Server cart-http", admittedBy: ["AuthorizationPolicy cart-frontend"] };
  assert.deepEqual(admissionOf(frontend, predicted), {
    state: "proven",
    how: "the target's proxy admitted it by Server cart-http, AuthorizationPolicy cart-frontend",
  });
  assert.equal(admissionOf(frontend, { ...predicted, owner: "Server other" })?.state, "differs");
  assert.equal(admissionOf(frontend, undefined), undefined);
  assert.equal(admissionOf("unread", predicted), undefined);
});

const workload = (name: string) => ({
  name,
  namespace: "cilium-linkerd",
  endpoints: Endpoints.labels({ app: name }),
});
const authorizations = fenceAuthorizations({
  enforce: "both",
  edges: [
    { from: workload("client"), to: { ...workload("podinfo"), ports: [9898, 9797, 9999] }, ports: [Port.tcp(9898)] },
  ],
});
const mode = TransportMode.TransportHeader;
const find = (edges: readonly EdgeReport[], port: number, from = "/client"): EdgeReport => {
  const edge = edges.find((one) => one.from.endsWith(from) && one.to.endsWith("/podinfo") && one.port === port);
  assert.ok(edge, `${from} ${port}`);
  return edge;
};
const states = (edges: readonly EdgeReport[]) => [...new Set(edges.map(({ agreement }) => agreement))];

for (const transport of Object.values(TransportMode))
  test(`${transport}: both fences hold, and each edge names the one that decided`, async () => {
    const edges = await run(sandbox({ mode: transport, authorizations }));
    assert.deepEqual(states(edges), ["agrees"]);
    const api = find(edges, 9898);
    assert.deepEqual([api.observed, api.admission?.state], ["reachable", "proven"]);
    assert.match(api.admission?.how ?? "", /Server podinfo-9898, AuthorizationPolicy podinfo-9898-accounts/);
    const metrics = find(edges, 9797);
    assert.equal(metrics.observed, "denied");
    const byLinkerd = transport === TransportMode.TransportHeader;
    assert.match(
      metrics.how.join("; "),
      byLinkerd ? /HTTP 403.*refused it: Server podinfo-9797/ : /Cilium dropped it: Policy denied/,
    );
    if (byLinkerd) assert.match(metrics.stoppedBy?.by ?? "", /^Linkerd: Server podinfo-9797 admits nobody/);
  });

test("without the proxies' counters, the application's own answer identifies a refusal", async () => {
  const edges = await run(sandbox({ mode, authorizations }), { mtls: false });
  assert.deepEqual(states(edges), ["agrees"]);
  assert.match(find(edges, 9797).how.join("; "), /its own pod is answered 200: the 403 is the proxy's/);
});

test("reports the port that a missing Server opens", async () => {
  const without = authorizations.filter(({ metadata }) => !metadata.name.startsWith("podinfo-9797"));
  const edges = await run(sandbox({ mode, authorizations: without, believedAuthorizations: authorizations }));
  const { predicted, observed, agreement } = find(edges, 9797);
  assert.deepEqual([predicted, observed, agreement], ["denied", "reachable", "disagrees"]);
});

test("a 403 where a request should pass is a mismatch, not unproven mTLS", async () => {
  const edges = await run(sandbox({ mode, authorizations, believedAuthorizations: [] }));
  const { predicted, observed, agreement, how } = find(edges, 9797);
  assert.deepEqual([predicted, observed, agreement], ["allowed", "denied", "disagrees"]);
  assert.match(how.join("; "), /HTTP 403.*the target's proxy refused it: Server podinfo-9797/);
});

/** A sandbox whose proxies have other Linkerd objects at first, until the client has asked port 9797 so many times. */
function lagging(first: readonly LinkerdManifest[], then: readonly LinkerdManifest[], requests: number) {
  const fake = sandbox({ mode, authorizations: first, believedAuthorizations: then });
  const { mesh } = sandbox({ mode, authorizations: then }).cluster.truth.scenario;
  let asked = 0;
  fake.cluster.fault = ({ verdict }) => {
    if (verdict?.port !== 9797 || !verdict.from.endsWith("/client") || ++asked < requests) return undefined;
    fake.cluster.truth.scenario = { ...fake.cluster.truth.scenario, ...(mesh && { mesh }) };
    return undefined;
  };
  return { fake, asked: () => asked };
}

test("asks again while the target's proxy has an older policy than the policy controller, and says so", async () => {
  const deleted = await run(lagging(authorizations, [], 3).fake);
  assert.deepEqual(states(deleted), ["agrees"]);
  assert.match(
    find(deleted, 9797).how.join("; "),
    /for 0 s the target's proxy still had an older policy and refused it/,
  );
  const created = await run(lagging([], authorizations, 3).fake);
  assert.deepEqual(states(created), ["agrees"]);
  assert.match(find(created, 9797).how.join("; "), /HTTP 403.*still had an older policy and admitted it/);
  assert.doesNotMatch(find(created, 9898).how.join("; "), /older policy and refused/);
});

test("does not take requests of other clients without an identity for an older policy", async () => {
  const asked = async (withOthers: boolean) => {
    const fake = sandbox({ mode, authorizations });
    const metrics = fake.cluster.proxyMetrics.bind(fake.cluster);
    let count = 0;
    const others = (port: number) =>
      `inbound_http_authz_allow_total{srv_kind="server",srv_name="podinfo-${port}",srv_port="${port}",tls="no_identity"} ${count}`;
    fake.cluster.proxyMetrics = async (pod) => {
      count++;
      return [await metrics(pod), ...(withOthers ? [9898, 9797, 9999].map(others) : [])].join("\n");
    };
    assert.deepEqual(states(await run(fake)), ["agrees"]);
    return fake.cluster.execs.length;
  };
  assert.equal(await asked(true), await asked(false));
});

test("does not wait where the policy controller itself decides otherwise than predicted", async () => {
  for (const state of ["agrees", "differs"] as const) {
    const { fake, asked } = lagging(authorizations, [], Number.POSITIVE_INFINITY);
    const controller = { ports: [{ to: "cilium-linkerd/podinfo", port: 9797, state, how: [] }] };
    assert.equal(find(await run(fake, { controller }), 9797).agreement, "disagrees");
    assert.equal(asked() > 2, state === "agrees", `${asked()} requests`);
  }
});

test("reports an admission by another object than predicted", async () => {
  const renamed = JSON.parse(JSON.stringify(authorizations).replaceAll("podinfo-9898-accounts", "anybody"));
  const edges = await run(sandbox({ mode, authorizations: renamed, believedAuthorizations: authorizations }));
  const { observed, agreement, admission } = find(edges, 9898);
  assert.deepEqual([observed, agreement, admission?.state], ["reachable", "disagrees", "differs"]);
});

test("notices that Cilium's fence is gone, even if Linkerd's still holds", async () => {
  const believed = sandboxPolicies(TransportMode.Transparent);
  const edges = await run(sandbox({ authorizations, policies: [], believed }));
  const { predicted, observed, agreement, how } = find(edges, 9797);
  assert.deepEqual([predicted, observed, agreement], ["denied", "denied", "disagrees"]);
  assert.match(how.join("; "), /it reached the proxy, but Cilium should have dropped it/);
});

test("silence is not a proxy's refusal", async () => {
  const fake = sandbox({ mode, authorizations });
  const timedOut = { stdout: "status=504 connect=0.0001 total=3.0 exit=0", stderr: "", exitCode: 0, truncated: false };
  const stdout = `HTTP/1.1 504 Gateway Timeout\r\nl5d-proxy-error: service in fail-fast\r\n\r\n${timedOut.stdout}\n`;
  fake.cluster.fault = ({ verdict }) =>
    verdict?.port === 9797 && verdict.from.endsWith("/client") ? { ...timedOut, stdout } : undefined;
  const { agreement, how } = find(await run(fake), 9797);
  assert.equal(agreement, "inconclusive");
  assert.match(how.join("; "), /Linkerd should have refused it, and a proxy does not refuse by silence/);
});

const withRoutes = (requests: HttpRequestMatch[]) =>
  fenceAuthorizations({
    enforce: "both",
    edges: [
      {
        from: workload("client"),
        to: { ...workload("podinfo"), ports: [9898, 9797, 9999], probes: [{ port: 9898, path: "/healthz" }] },
        ports: [Port.tcp(9898)],
        requests,
      },
    ],
  });
const asked = (edges: readonly EdgeReport[], from: string) =>
  edges
    .filter((edge) => edge.from.endsWith(from) && edge.to.endsWith("/podinfo") && edge.port === 9898)
    .map(({ request, predicted, observed, agreement }) =>
      [request?.method, request?.path, predicted, observed, agreement].join(" "),
    )
    .sort();

test("requests each attached route, and a path that none matches", async () => {
  const edges = await run(sandbox({ mode, authorizations: withRoutes([{ methods: ["GET"], pathPrefix: "/api" }]) }));
  assert.deepEqual(asked(edges, "/client"), [
    "GET /api allowed reachable agrees",
    "GET /healthz allowed reachable agrees",
    "GET /meshfence-verify/no-route denied denied agrees",
  ]);
  const api = edges.find(({ request }) => request?.path === "/api");
  assert.match(api?.admission?.how ?? "", /podinfo-9898-requests-1-accounts/);
  const stray = edges.find(({ request }) => request?.path.startsWith("/meshfence-verify"));
  assert.match(stray?.how.join("; ") ?? "", /HTTP 404.*the target's proxy refused it: Server podinfo-9898/);
});

test("probes routes that a client may not use, and expects 403", async () => {
  const authorizations = withRoutes([{ methods: ["GET"], pathPrefix: "/api" }]);
  const others = authorizations.map((one) =>
    JSON.parse(JSON.stringify(one).replaceAll('"name":"default"', '"name":"other"')),
  );
  const edges = await run(sandbox({ mode, authorizations: others }));
  assert.deepEqual(asked(edges, "/client"), [
    "GET /api denied denied agrees",
    "GET /healthz allowed reachable agrees",
    "GET /meshfence-verify/no-route denied denied agrees",
  ]);
});

test("reports what a missing route leaves open or closed", async () => {
  const authorizations = withRoutes([{ path: "/version" }]);
  const without = authorizations.filter(({ kind }) => kind !== "HTTPRoute");
  const edges = await run(sandbox({ mode, authorizations: without, believedAuthorizations: authorizations }));
  const version = asked(edges, "/client").find((line) => line.startsWith("GET /version"));
  assert.equal(version, "GET /version allowed denied disagrees");
});

test("sends no request that might change something, and says so", () => {
  const authorizations = withRoutes([{ methods: ["POST"], path: "/orders" }]);
  const { plan } = sandbox({ mode, authorizations }).work;
  assert.ok(!plan.probes.some(({ request }) => request?.method === "POST"));
  const orders = plan.notProbed.find(({ request, from }) => request?.path === "/orders" && from.endsWith("/client"));
  assert.deepEqual([orders?.predicted, orders?.why], ["allowed", "it might change something"]);
});

test("passes method and path to curl without globbing, and only what a URL may contain", () => {
  const command = curlCommand("10.0.0.1", 80, { method: "OPTIONS", path: "/a b/../{x}/ü" });
  assert.equal(command.at(-1), "http://10.0.0.1:80/a%20b/../{x}/%C3%BC");
  assert.ok(command.includes("--path-as-is") && command.includes("--globoff"));
  assert.deepEqual(command.slice(command.indexOf("--request"), command.indexOf("--request") + 2), [
    "--request",
    "OPTIONS",
  ]);
  assert.ok(curlCommand("10.0.0.1", 80, { method: "HEAD", path: "/" }).includes("--head"));
});
