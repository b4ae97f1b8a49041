import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Endpoints, Peer, Port } from "../../lib/cilium/model";
import { ProblemError } from "../../lib/common/problem";
import { type FenceSpec, fenceAuthorizations, fenceWarnings } from "../../lib/fence/fence";
import { type Edge, multiclusterGateway } from "../../lib/fence/intent";
import type { Workload } from "../../lib/fence/workload";
import { accountIdentity } from "../../lib/linkerd/api";
import type { HttpMethod, HttpRequestMatch } from "../../lib/linkerd/model";
import {
  CHART_SETTINGS,
  type Client,
  InboundPolicy,
  type PolicyWorkload,
  placeOf,
  podWorkload,
  type Request,
} from "../../lib/linkerd/policy";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { runs } from "../support/runs";

// Judges the objects of a fence with our evaluator of Linkerd's authorization: they admit the edges of the fence, and nothing else.

const namespace = "shop";
const app = (name: string, more: Partial<Workload> = {}): Workload => ({
  name,
  namespace,
  endpoints: Endpoints.labels({ app: name }),
  serviceAccount: name,
  ...more,
});
const [web, batch] = [app("web"), app("batch")];
const api = app("api", { ports: [8080, 9090, 9797], probes: [{ port: 8080, path: "/healthz" }] });

const pod = (name: string, annotations: [string, string][] = []): PolicyWorkload =>
  podWorkload({
    namespace,
    labels: new Map([
      ["app", name],
      ["linkerd.io/control-plane-ns", "linkerd"],
    ]),
    annotations: new Map(annotations),
    containers: [
      {
        ports: [
          { name: "http", containerPort: 8080 },
          { name: "metrics", containerPort: 9797 },
        ],
        livenessProbe: { httpGet: { path: "/healthz", port: 8080 } },
      },
    ],
  });

const meshed = (account: string, mode: TransportMode = TransportMode.TransportHeader, ns = namespace): Client => ({
  blocks: placeOf("10.244.0.5"),
  tls: "mesh",
  identity: accountIdentity(account, ns, CHART_SETTINGS),
  via: mode === TransportMode.TransportHeader ? "4143" : "direct",
});
const plain = (address = "10.244.0.9"): Client => ({ blocks: placeOf(address), tls: "none", via: "direct" });
const get = (path: string, method = "GET"): Request => ({ protocol: "http1", method, path });
const call = (path: string): Request => ({ protocol: "grpc", method: "POST", path });
const bytes: Request = { protocol: "tcp" };

/** The verdict of a fence's objects. There is exactly one, because it does not depend on which object is older. */
function judge(spec: Omit<FenceSpec, "enforce">, annotations: [string, string][] = []) {
  const policy = new InboundPolicy(fenceAuthorizations({ ...spec, enforce: "both" }), CHART_SETTINGS);
  assert.deepEqual([policy.undecodable, policy.ignoredRoutes, policy.ignoredAuthorizations], [[], [], []]);
  return (port: number, client: Client, request: Request, server = "api") => {
    const verdicts = [
      ...new Set(policy.decide(pod(server, annotations), port, client, request).map(({ verdict }) => verdict)),
    ];
    assert.equal(verdicts.length, 1, `one verdict: ${verdicts}`);
    return verdicts[0];
  };
}

for (const mode of Object.values(TransportMode)) {
  test(`${mode}: each port admits only its own clients' service accounts`, () => {
    const asks = judge({ edges: [{ from: web, to: api, ports: [Port.tcp(8080)] }] });
    assert.equal(asks(8080, meshed("web", mode), get("/")), "allowed");
    assert.equal(asks(8080, meshed("web", mode), bytes), "allowed", "not only HTTP");
    assert.equal(asks(9797, meshed("web", mode), get("/metrics")), "denied");
    assert.equal(asks(9090, meshed("web", mode), get("/")), "denied");
    assert.equal(asks(8080, meshed("batch", mode), get("/")), "denied");
    assert.equal(asks(8080, meshed("web", mode, "other"), get("/")), "denied");
    assert.equal(asks(8080, plain(), get("/")), "denied");
  });
}

test("probes, Prometheus and tap keep working", () => {
  const spec = { edges: [{ from: web, to: api, ports: [Port.tcp(8080)] }] };
  const asks = judge(spec);
  assert.equal(asks(8080, plain(), get("/healthz")), "allowed");
  assert.equal(asks(8080, plain(), get("/healthz", "POST")), "denied");
  assert.equal(asks(4191, meshed("prometheus", TransportMode.Transparent, "linkerd-viz"), get("/metrics")), "allowed");
  assert.equal(asks(4191, meshed("web"), get("/metrics")), "denied");
  // 4190 has its own list of clients for tap, so that no Server may select it.
  const ports = fenceAuthorizations({ ...spec, enforce: "both" }).map(({ spec: { port } }) => port);
  assert.ok(ports.includes(4191) && !ports.includes(4190));
});

test("with routes attached, probes keep working, and requests that no edge names are denied", () => {
  const requests: HttpRequestMatch[] = [{ methods: ["GET"], pathPrefix: "/api" }, { path: "/version" }];
  const asks = judge({
    edges: [
      { from: web, to: api, ports: [Port.tcp(8080)], requests },
      { from: batch, to: api, ports: [Port.tcp(8080)] },
    ],
  });
  assert.equal(asks(8080, meshed("web"), get("/api/v1")), "allowed");
  assert.equal(asks(8080, meshed("web"), get("/version", "POST")), "allowed");
  assert.equal(asks(8080, meshed("web"), get("/api/v1", "POST")), "denied");
  assert.equal(asks(8080, meshed("web"), get("/apis")), "denied");
  assert.equal(asks(8080, meshed("web"), bytes), "denied");
  for (const request of [get("/api/v1"), get("/api/v1", "POST"), get("/"), bytes])
    assert.equal(asks(8080, meshed("batch"), request), "allowed");
  assert.equal(asks(8080, plain(), get("/healthz?full=1")), "allowed");
  assert.equal(asks(8080, plain(), get("/healthz", "POST")), "denied");
});

test("if a port has only an edge with requests, everything else gets 404, for everyone", () => {
  const asks = judge({ edges: [{ from: web, to: api, ports: [Port.tcp(8080)], requests: [{ path: "/version" }] }] });
  assert.equal(asks(8080, meshed("web"), get("/env")), "not-found");
  assert.equal(asks(8080, meshed("batch"), get("/version")), "denied");
});

test("gRPC calls are admitted by service and method, and the health probe keeps working", () => {
  const server = app("api", { probes: [{ port: 9090, grpc: true }] });
  const cart = "shop.v1.Cart";
  const asks = judge({
    edges: [
      { from: web, to: server, ports: [Port.tcp(9090)], calls: [{ service: cart, method: "Get" }] },
      { from: batch, to: server, ports: [Port.tcp(9090)], calls: [{ service: cart }] },
    ],
  });
  assert.equal(asks(9090, meshed("web"), call(`/${cart}/Get`)), "allowed");
  assert.equal(asks(9090, meshed("web"), call(`/${cart}/Put`)), "denied");
  assert.equal(asks(9090, meshed("batch"), call(`/${cart}/Get`)), "allowed", "by the route of the method, too");
  assert.equal(asks(9090, meshed("batch"), call(`/${cart}/Put`)), "allowed");
  assert.equal(asks(9090, plain(), call("/grpc.health.v1.Health/Check")), "allowed");
  assert.equal(asks(9090, meshed("web"), call("/other.Service/Get")), "not-found");
  const all = judge({
    edges: [
      { from: web, to: server, ports: [Port.tcp(9090)], calls: [{ service: cart, method: "Get" }] },
      { from: batch, to: server, ports: [Port.tcp(9090)] },
    ],
  });
  assert.equal(all(9090, meshed("batch"), call("/other.Service/Get")), "allowed");
  assert.equal(all(9090, meshed("web"), call("/other.Service/Get")), "denied");
});

test("if ingress is not enforced yet, the Servers only audit: they deny nothing, and mark what they would deny", () => {
  const observed = app("api", { ...api, probes: [], enforce: { ingress: false } });
  const ports = [Port.tcp(8080)];
  const calls = [{ service: "shop.v1.Cart", method: "Get" }];
  const requests: HttpRequestMatch[] = [{ methods: ["GET"], pathPrefix: "/api" }];
  const edgesOf = (narrowed: Partial<Edge>): Edge[] => [{ from: web, to: observed, ports, ...narrowed }];
  for (const narrowed of [{}, { requests }, { calls }]) {
    const asks = judge({ edges: edgesOf(narrowed) });
    for (const client of [meshed("web"), meshed("batch"), plain()])
      for (const request of [get("/api/v1"), get("/", "POST"), call("/shop.v1.Cart/Get"), call("/x.Y/Z"), bytes])
        for (const port of request === bytes ? [8080, 9797] : [8080, 9797, 4191])
          assert.equal(asks(port, client, request), "allowed", `${port} ${JSON.stringify([request, narrowed])}`);
  }
  const admitted = (request: Request) =>
    new InboundPolicy(fenceAuthorizations({ edges: edgesOf({ requests }), enforce: "both" }), CHART_SETTINGS)
      .decide(pod("api"), 8080, meshed("web"), request)
      .flatMap(({ authorizations }) => authorizations.map(({ name }) => name));
  assert.deepEqual(admitted(get("/api/v1")).sort(), ["api-8080-requests-1-accounts", "audit"]);
  assert.deepEqual(admitted(get("/")), ["audit"]);
});

test("refuses workloads whose objects would have the same name", () => {
  const edges: Edge[] = [
    { from: web, to: app("api"), ports: [Port.tcp(8080)] },
    { from: web, to: app("api", { namespace: "shop-api", name: "8080" }), ports: [Port.named("accounts")] },
    { from: web, to: app("db"), ports: [Port.named("linkerd-admin")] },
  ];
  assert.throws(() => fenceAuthorizations({ edges, enforce: "both" }), /Servers shop\/db-linkerd-admin and/);
});

test("an opaque port stays opaque: clients use 4143, and HTTP probes are admitted if the nodes' addresses are known", () => {
  const probes = [{ port: 5432, path: "/" }];
  const edges = [{ from: web, to: app("api", { probes }), ports: [Port.tcp(5432)] }];
  const asks = judge({ edges, nodeAddresses: [{ cidr: "10.244.0.1" }] });
  assert.equal(asks(5432, meshed("web"), bytes), "allowed");
  assert.equal(asks(5432, meshed("batch"), bytes), "denied");
  assert.equal(asks(5432, plain("10.244.0.1"), get("/")), "allowed");
  assert.equal(asks(5432, plain("10.244.0.9"), get("/")), "denied");
  assert.match(refusal({ edges }), /nodeAddresses: port 5432 of shop\/api is opaque, so Linkerd recognizes no probe/);
});

test("admits unmeshed callers by address, and other clusters through their gateway", () => {
  const asks = judge({
    edges: [
      { from: multiclusterGateway, to: api, ports: [Port.tcp(8080)] },
      { from: Peer.cidr("192.0.2.0/24", { except: ["192.0.2.128/25"] }), to: api, ports: [Port.tcp(9090)] },
      { from: app("cron", { meshed: false }), to: api, ports: [Port.tcp(9797)] },
    ],
  });
  const gateway = meshed("linkerd-gateway", TransportMode.TransportHeader, "linkerd-multicluster");
  assert.equal(asks(8080, gateway, get("/")), "allowed");
  assert.equal(asks(8080, meshed("web"), get("/")), "denied");
  assert.equal(asks(9090, plain("192.0.2.1"), get("/")), "allowed");
  assert.equal(asks(9090, plain("192.0.2.200"), get("/")), "denied");
  assert.equal(asks(9797, plain(), get("/")), "allowed");
  const named = judge({ edges: [{ from: web, to: app("api"), ports: [Port.named("metrics")] }] });
  assert.equal(named(9797, meshed("web"), get("/")), "allowed", "by name");
  assert.match(
    refusal({ edges: [{ from: web, to: api, ports: [Port.named("http")] }] }),
    /give all its ports by number/,
  );
});

test("the annotation default-inbound-policy: deny closes ports that no Server selects", () => {
  const edges = [{ from: web, to: api, ports: [Port.tcp(8080)] }];
  assert.equal(judge({ edges })(7777, meshed("web"), get("/")), "allowed");
  const asks = judge({ edges }, [["config.linkerd.io/default-inbound-policy", "deny"]]);
  assert.equal(asks(7777, meshed("web"), get("/")), "denied");
  assert.equal(asks(8080, meshed("web"), get("/")), "allowed");
});

const refusal = (spec: FenceSpec): string => {
  try {
    fenceAuthorizations({ enforce: "both", ...spec });
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return error.message;
  }
  return assert.fail("it was not refused");
};

test("refuses what Linkerd cannot enforce, with the fix", () => {
  const to = api;
  const requests = [{ path: "/a" }];
  const cases: [FenceSpec, RegExp][] = [
    [
      { edges: [{ from: web, to, ports: [Port.allTcp()] }] },
      /edges\[0\]\.ports\[0\]: a Linkerd Server covers one port/,
    ],
    [
      { edges: [{ from: web, to, ports: [Port.tcp(8080)], requests }], enforce: "cilium" },
      /Cilium does not see requests/,
    ],
    [{ edges: [{ from: web, to: Peer.everything(), ports: [], requests }] }, /not a workload of yours/],
    [
      { edges: [{ from: web, to: app("api"), ports: [Port.tcp(8080)], requests }] },
      /list what the kubelet requests: probes/,
    ],
    [
      { edges: [{ from: web, to, ports: [Port.tcp(8080)], requests: [{ path: "a" }] }] },
      /"a" does not begin with a slash/,
    ],
    [
      { edges: [{ from: web, to, ports: [Port.tcp(8080)], requests: [{ pathPrefix: "/api/*" }] }] },
      /Linkerd matches literally; use pathPrefix: "\/api"/,
    ],
    [
      {
        edges: [
          { from: web, to, ports: [Port.tcp(8080)], requests: [{ path: "/a" }] },
          { from: batch, to, ports: [Port.tcp(8080)], requests: [{ pathPrefix: "/a" }] },
        ],
      },
      /path "\/a" and pathPrefix "\/a" have different clients/,
    ],
    [
      {
        edges: [{ from: web, to: app("api", { opaquePorts: [8080], probes: [] }), ports: [Port.tcp(8080)], requests }],
      },
      /is opaque, so Linkerd does not see its requests/,
    ],
    [
      { edges: [{ from: web, to: { ...to, endpoints: Endpoints.serviceAccount("api") }, ports: [Port.tcp(8080)] }] },
      /select them by a label that they carry/,
    ],
    [
      { edges: [{ from: Peer.ownNamespace(), to, ports: [Port.tcp(1)] }], enforce: "linkerd" },
      /could only admit everyone/,
    ],
    [{ edges: [{ from: web, to: Peer.everything(), ports: [] }], enforce: "linkerd" }, /has no proxy to enforce/],
    [{ edges: [], enforce: "both" }, /would fence nothing/],
    [{ edges: [{ from: web, to, ports: [] }], enforce: "Both" as "both" }, /did you mean "both"/],
  ];
  for (const [spec, expected] of cases) assert.match(refusal(spec), expected);
});

test("refuses a probe that names its port in another way than the edges", () => {
  const requests: HttpRequestMatch[] = [{ path: "/orders" }];
  const spec = (
    probes: Workload["probes"],
    more: Partial<Edge> = { requests },
    port = Port.named("http"),
  ): FenceSpec => ({
    edges: [{ from: web, to: app("api", { probes }), ports: [port], ...more }],
    enforce: "both",
  });
  const asks = judge(spec([{ portName: "http", path: "/healthz" }]));
  assert.equal(asks(8080, plain(), get("/healthz")), "allowed");
  const refused: [FenceSpec, RegExp][] = [
    [
      spec([{ port: 8080, path: "/healthz" }]),
      /probes\[0\]: it requests port 8080, which may be port http.*portName: "http"/,
    ],
    [spec([{ portName: "http", path: "/healthz" }], { requests }, Port.tcp(8080)), /give its port by number/],
    [spec([{ port: 9090, grpc: true }], {}), /it requests port 9090/],
    [spec([{ path: "/healthz" }]), /it names no port/],
    [spec([{ port: 8080, portName: "http", path: "/healthz" }]), /it names its port twice/],
  ];
  for (const [wrong, message] of refused) assert.throws(() => fenceAuthorizations(wrong), message);
  assert.ok(
    fenceAuthorizations(spec([{ port: 8080, path: "/healthz" }], {})).length > 0,
    "Linkerd lets it in by itself",
  );
});

test("warns about a service account that workloads share, and suggests separate ones", () => {
  const shared = (from: Workload) =>
    fenceWarnings({
      edges: [
        { from, to: api, ports: [Port.tcp(8080)] },
        { from: batch, to: api, ports: [] },
      ],
      enforce: "both",
    });
  assert.deepEqual(shared(web), []);
  const [byName] = shared(app("web", { serviceAccount: "batch" }));
  assert.match(byName?.message ?? "", /"batch", and so does batch/);
  assert.match(byName?.fix ?? "", /serviceAccount: "web"/);
  const { serviceAccount: _, ...unsaid } = web;
  assert.match(shared(unsaid)[0]?.message ?? "", /"default", and so does every pod of the namespace/);
});

test("a fence admits exactly the requests that its edges name", () => {
  const paths = ["/", "/a", "/a/b", "/a/b/c", "/ab", "/a/"];
  const methods: HttpMethod[] = ["GET", "POST"];
  const match: fc.Arbitrary<HttpRequestMatch> = fc
    .tuple(
      fc.constantFrom(...paths),
      fc.boolean(),
      fc.option(fc.subarray(methods, { minLength: 1 }), { nil: undefined }),
    )
    .map(([at, exact, named]) => ({
      ...(named && { methods: named }),
      ...(exact ? { path: at } : { pathPrefix: at }),
    }));
  const callers = [web, batch, app("cron")];
  const edge: fc.Arbitrary<Edge> = fc
    .tuple(fc.constantFrom(...callers), fc.option(fc.array(match, { minLength: 1, maxLength: 3 }), { nil: undefined }))
    .map(([from, requests]) => ({
      from,
      to: app("api", { probes: [] }),
      ports: [Port.tcp(8080)],
      ...(requests && { requests }),
    }));
  const admits = ({ requests }: Edge, method: string, at: string) =>
    requests === undefined ||
    requests.some(({ methods: named, path: exact, pathPrefix = "/" }) => {
      const prefix = pathPrefix.replace(/\/+$/, "");
      const inside =
        exact !== undefined ? at === exact : at.replace(/\/+$/, "") === prefix || at.startsWith(`${prefix}/`);
      return inside && (named === undefined || named.some((one) => one === method));
    });
  let judged = 0;
  fc.assert(
    fc.property(fc.array(edge, { minLength: 1, maxLength: 4 }), (edges) => {
      let asks: ReturnType<typeof judge>;
      try {
        asks = judge({ edges });
      } catch (error) {
        assert.ok(error instanceof ProblemError && error.problems.every(({ code }) => code === "ambiguous"));
        return;
      }
      for (const from of callers)
        for (const method of [...methods, "PUT"])
          for (const at of [...paths, "/x", "/a/x"]) {
            const expected = edges.some((one) => one.from === from && admits(one, method, at));
            judged += 1;
            const verdict = asks(8080, meshed(from.name), get(at, method));
            assert.equal(verdict === "allowed", expected, `${from.name} ${method} ${at}: ${verdict}`);
          }
    }),
    { numRuns: runs(150) },
  );
  assert.ok(judged > 6 * runs(150), `${judged} judged`);
});
