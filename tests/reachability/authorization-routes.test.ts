import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, type EndpointFacts, type PodFacts, type Scenario } from "../../lib/reachability";
import { diffReachability } from "../../lib/reachability/diff";
import { decidedBy } from "../../lib/reachability/words";
import { TransportMode } from "../../lib/scenario/transport-mode";

type Objects = NonNullable<NonNullable<Scenario["mesh"]>["authorization"]>["objects"];

const pod = (
  name: string,
  mesh: EndpointFacts["mesh"] = { injected: true },
  more: Partial<PodFacts> = {},
): PodFacts => ({
  id: `shop/${name}`,
  namespace: "shop",
  serviceAccount: name,
  labels: { app: name },
  ...(mesh && { mesh }),
  ...more,
});
const scenario = (
  objects: Objects,
  mesh?: EndpointFacts["mesh"],
  mode: TransportMode = TransportMode.Transparent,
): Scenario => ({
  endpoints: [
    pod("cart", mesh, { ports: [{ port: 8080 }] }),
    pod("web"),
    pod("job"),
    pod("plain", { injected: false }),
    { id: "world", reserved: ["world"] },
  ],
  mesh: { transportMode: mode, authorization: { objects } },
});
const ask = (from: string, objects: Objects, mesh?: EndpointFacts["mesh"], mode?: TransportMode) =>
  compile([], scenario(objects, mesh, mode)).verdict({
    from: `shop/${from}`,
    to: "shop/cart",
    proto: "TCP",
    port: 8080,
  });

const made = (kind: string, name: string, spec: object, more: object = {}, version = "policy.linkerd.io/v1alpha1") => ({
  apiVersion: version,
  kind,
  metadata: { namespace: "shop", name, ...more },
  spec,
});
const server = (spec: object = {}) =>
  made(
    "Server",
    "http",
    { podSelector: { matchLabels: { app: "cart" } }, port: 8080, accessPolicy: "deny", ...spec },
    {},
    "policy.linkerd.io/v1beta3",
  );
const parentRefs = [{ group: "policy.linkerd.io", kind: "Server", name: "http" }];
/** An HTTPRoute, and who it is for. */
const route = (
  name: string,
  match: object,
  account = "web",
  { hostnames, ...metadata }: { hostnames?: string[] } & object = {},
) => [
  made(
    "HTTPRoute",
    name,
    { parentRefs, rules: [{ matches: [match] }], ...(hostnames && { hostnames }) },
    metadata,
    "policy.linkerd.io/v1beta3",
  ),
  admits({ kind: "HTTPRoute", name }, account),
];
const admits = (target: { kind: string; name: string; group?: string }, account = "web") =>
  made("AuthorizationPolicy", `for-${target.kind.toLowerCase()}-${target.name}`, {
    targetRef: { group: "policy.linkerd.io", ...target },
    requiredAuthenticationRefs: [{ kind: "ServiceAccount", name: account }],
  });
const onServer = admits({ kind: "Server", name: "http" });
const prefix = (value: string, more: object = {}) => ({ path: { type: "PathPrefix", value }, ...more });
const exact = (value: string, more: object = {}) => ({ path: { type: "Exact", value }, ...more });
const header = (value: string) => ({ headers: [{ name: "X-Env", value }] });

const change = (before: Objects, after: Objects) => {
  const side = (objects: Objects) => ({ scenario: scenario(objects), reachability: compile([], scenario(objects)) });
  const { opened, closed, redecided } = diffReachability(side(before), side(after));
  const web = (list: readonly { from: readonly string[] }[]) => list.some(({ from }) => from.includes("shop/web"));
  return web(opened) ? "opened" : web(closed) ? "closed" : web(redecided) ? "redecided" : "same";
};

test("names methods, paths, hosts, headers and parameters, from the widest match to the narrowest", () => {
  const objects = [
    server(),
    ...route("b", prefix("/admin/"), "job"),
    ...route("a", exact("/env", { method: "GET" }), "web", { hostnames: ["b.shop", "a.shop"] }),
    ...route("c", {
      ...prefix("/"),
      ...header("prod"),
      queryParams: [{ name: "v", type: "RegularExpression", value: "[12]" }],
    }),
  ];
  assert.match(
    decidedBy(ask("web", objects)),
    /Linkerd: \/\*\?v=~\[12\] with x-env: prod ✓, GET \/env at a\.shop, b\.shop ✓, \/admin\/\* ✗ 403, everything else ✗ 404 \(Server http, Auth/,
  );
  const { linkerd } = ask("web", objects);
  assert.deepEqual(linkerd?.routes?.[1]?.match, {
    hosts: ["a.shop", "b.shop"],
    method: "GET",
    path: { type: "Exact", value: "/env" },
  });
  assert.deepEqual(
    linkerd?.objects?.map(({ kind, name }) => `${kind} ${name}`),
    [
      "Server http",
      "AuthorizationPolicy for-httproute-a",
      "AuthorizationPolicy for-httproute-c",
      "HTTPRoute a",
      "HTTPRoute b",
      "HTTPRoute c",
    ],
  );
});

test("a wider match opens, a narrower one closes, and another header value makes another route", () => {
  const only = (...matches: object[]) => [server(), ...matches.flatMap((match, at) => route(`r${at}`, match))];
  const cases: [object[], object[], string][] = [
    [[prefix("/api")], [prefix("/api", { method: "GET" })], "closed"],
    [[prefix("/api")], [exact("/api/v1")], "closed"],
    [[exact("/api")], [prefix("/api")], "opened"],
    [[prefix("/api")], [prefix("/api/")], "same"],
    [[prefix("/api"), exact("/env")], [prefix("/api")], "closed"],
    [[prefix("/")], [prefix("/api")], "closed"],
    [[{ ...prefix("/"), ...header("prod") }], [{ ...prefix("/"), ...header("dev") }], "opened"],
    [[{ ...prefix("/"), ...header("prod") }], [prefix("/")], "opened"],
    [[prefix("/")], [{ ...prefix("/"), ...header("prod") }], "closed"],
    [[prefix("/a")], [prefix("/ab")], "opened"],
  ];
  for (const [before, after, expected] of cases)
    assert.equal(
      change(only(...before), only(...after)).replace("redecided", "same"),
      expected,
      JSON.stringify([before, after]),
    );
});

test("removing a narrower route that denied requests opens them", () => {
  const wide = [server(), ...route("api", prefix("/api"))];
  const narrow = [...wide, ...route("admin", prefix("/api/admin"), "job")];
  assert.equal(change(narrow, wide), "opened");
  assert.equal(change(wide, narrow), "closed");
  assert.equal(change(narrow, [...narrow].reverse()), "same");
});

test("without routes the Server's own list decides, which may admit more or less", () => {
  const routed = [server(), ...route("api", prefix("/api")), onServer];
  assert.equal(change(routed, [server(), onServer]), "opened");
  assert.equal(change([server(), onServer], routed), "closed");
});

test("the older of two routes with the same match takes the requests; without creation times the verdict is unknown", () => {
  const both = (older: object, younger: object) => [
    server(),
    ...route("mine", prefix("/a"), "web", older),
    ...route("theirs", prefix("/a"), "job", younger),
  ];
  const [first, second] = [
    { creationTimestamp: "2024-01-01T00:00:00Z" },
    { creationTimestamp: "2024-01-02T00:00:00Z" },
  ];
  assert.equal(ask("web", both(first, second)).allowed, true);
  assert.equal(ask("web", both(second, first)).linkerd?.verdict, "denied");
  const open = ask("web", both({}, {}));
  assert.equal(open.allowed, false);
  assert.match(open.unknown?.join() ?? "", /which of HTTPRoute mine and HTTPRoute theirs is the oldest/);
});

test("a Server that detects the protocol decides non-HTTP traffic by its own list; a Server for HTTP only denies it", () => {
  const objects = [server(), ...route("env", exact("/env")), onServer];
  assert.match(decidedBy(ask("web", objects)), /what is not HTTP ✓, \/env ✓, everything else ✗ 404/);
  const opaque = { injected: true, opaquePorts: [8080] };
  const asBytes = ask("web", objects, opaque);
  assert.deepEqual([asBytes.wire?.port, asBytes.allowed, asBytes.linkerd?.routes], [4143, true, undefined]);
  assert.equal(ask("job", objects, opaque).allowed, false);
  const http = [server({ proxyProtocol: "HTTP/1" }), onServer];
  assert.equal(ask("web", http).allowed, true);
  assert.match(decidedBy(ask("web", http, opaque)), /only takes requests/);
  // With a transport header that names the protocol, requests also come through 4143.
  assert.equal(ask("web", http, undefined, TransportMode.TransportHeader).allowed, true);
});

test("distinguishes gRPC by service and method; a denied match without either denies the whole port", () => {
  const grpc = (match: object) => [
    server({ proxyProtocol: "gRPC" }),
    made("GRPCRoute", "g", { parentRefs, rules: [{ matches: [match] }] }, {}, "gateway.networking.k8s.io/v1"),
    admits({ kind: "GRPCRoute", name: "g", group: "gateway.networking.k8s.io" }),
  ];
  assert.match(
    decidedBy(ask("web", grpc({ method: { service: "podinfo.Echo" } }))),
    /gRPC podinfo\.Echo\/\* ✓, everything else ✗ 404/,
  );
  assert.match(
    decidedBy(ask("web", grpc({ headers: [{ name: "a", value: "b" }] }))),
    /GRPCRoute g has a match without method/,
  );
});

test("shows a rate limit for the clients that it concerns, and the networks of admitted clients", () => {
  const limit = made("HTTPLocalRateLimitPolicy", "limit", {
    targetRef: { group: "policy.linkerd.io", kind: "Server", name: "http" },
    total: { requestsPerSecond: 100 },
    identity: { requestsPerSecond: 10 },
    overrides: [{ requestsPerSecond: 50, clientRefs: [{ kind: "ServiceAccount", name: "web" }] }],
  });
  const open = [server({ accessPolicy: "all-authenticated" }), limit];
  assert.match(
    decidedBy(ask("web", open)),
    /at most 100 requests\/s in all, 50 of its identity, then 429 \(HTTPLocalRateLimitPolicy limit\)/,
  );
  assert.match(decidedBy(ask("job", open)), /in all, 10 of its identity/);
  const networks = made("NetworkAuthentication", "n", {
    networks: [{ cidr: "fd00:0:0:1::/64" }, { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] }],
  });
  const byNetwork = made("AuthorizationPolicy", "net", {
    targetRef: { group: "policy.linkerd.io", kind: "Server", name: "http" },
    requiredAuthenticationRefs: [
      { group: "policy.linkerd.io", kind: "NetworkAuthentication", name: "n" },
      { kind: "ServiceAccount", name: "web" },
    ],
  });
  const told = [server(), networks, byNetwork];
  assert.match(
    decidedBy(ask("job", told)),
    /only sa web\.shop from fd00:0:0:1::\/64, 10\.0\.0\.0\/8 but 10\.1\.0\.0\/16 \(403\)/,
  );
  assert.match(
    ask("web", told).unknown?.join() ?? "",
    /address, which the networks of AuthorizationPolicy net ask for/,
  );
});

test("a denial lists everyone whom any route admits, not only the first route", () => {
  const objects = [server(), ...route("api", prefix("/api"), "web"), ...route("jobs", prefix("/jobs"), "job")];
  const words = decidedBy(ask("plain", objects));
  assert.match(
    words,
    /^Linkerd: Server http admits only over mTLS sa job\.shop, sa web\.shop \(403; 404 where no route matches\)$/,
  );
});

test("reports an unknown decision once, as Linkerd's", () => {
  const networks = made("NetworkAuthentication", "n", { networks: [{ cidr: "10.0.0.0/8" }] });
  const byNetwork = made("AuthorizationPolicy", "net", {
    targetRef: { group: "policy.linkerd.io", kind: "Server", name: "http" },
    requiredAuthenticationRefs: [{ group: "policy.linkerd.io", kind: "NetworkAuthentication", name: "n" }],
  });
  assert.equal(
    decidedBy(ask("web", [server(), networks, byNetwork])),
    "Linkerd: it depends on the client's address, which the networks of AuthorizationPolicy net ask for (only clients from 10.0.0.0/8)",
  );
});

test("the path of a probe opens to every client, even if everything else stays denied", () => {
  const probed = (path?: string): Scenario => {
    const readinessProbe = path === undefined ? {} : { readinessProbe: { httpGet: { path, port: 8080 } } };
    const containers = [{ ports: [{ containerPort: 8080 }], ...readinessProbe }];
    const { endpoints, ...rest } = scenario([server()]);
    const [cart, ...others] = endpoints;
    return { ...rest, endpoints: [{ ...(cart as PodFacts), inbound: { containers } }, ...others] };
  };
  const told = (before: Scenario, after: Scenario) => {
    const side = (one: Scenario) => ({ scenario: one, reachability: compile([], one) });
    const { opened, closed } = diffReachability(side(before), side(after));
    return [opened, closed].map((changes) => changes.flatMap(({ from }) => from).sort());
  };
  const all = ["shop/job", "shop/plain", "shop/web", "world"];
  assert.deepEqual(told(probed(), probed("/admin")), [all, []]);
  assert.deepEqual(told(probed("/admin"), probed()), [[], all]);
  assert.deepEqual(told(probed("/admin"), probed("/admin")), [[], []]);
});
