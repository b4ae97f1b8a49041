import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { withoutPassword } from "../../lib/cli/output/without-password";
import { recordedTraffic } from "../../lib/cli/traffic/recorded-traffic";
import { mayHide, passedOverWords } from "../../lib/traffic/hubble/passed-over";
import { fakeApiServer, json } from "../cluster/api-server";
import { temporaryDirectory } from "../plan/fixture";
import { authority } from "../support/certificates";
import { forwardTo } from "../verify/policy-api";
import { line, nameOf, pod } from "./lines";

/** A Prometheus on loopback, and the requests that it received. */
async function withPrometheus(
  answer: (query: string, request: http.IncomingMessage) => { status?: number; body: string },
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = http.createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const { status = 200, body } = answer(searchParams.get("query") ?? "", request);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

const matrix = (result: readonly object[], more: object = {}) => ({
  body: JSON.stringify({ status: "success", data: { resultType: "matrix", result }, ...more }),
});

test("queries a Prometheus for the counters of proxies only, and joins them with files", async () => {
  const asked: string[] = [];
  const metric = {
    namespace: "shop",
    deployment: "db",
    client_id: "web.shop.serviceaccount.identity.linkerd.cluster.local",
    target_port: "5432",
    tls: "true",
  };
  const server = http.createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const query = searchParams.get("query") ?? "";
    asked.push(query);
    const result =
      query === "inbound_http_authz_allow_total"
        ? [
            {
              metric: { __name__: query, ...metric },
              values: [
                [1795665000, "1"],
                [1795665030, "4"],
              ],
            },
          ]
        : [];
    response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const flows = path.join(temporaryDirectory(), "flows.jsonl");
    const [web, db] = ["web", "db"].map((name, index) =>
      pod("shop", name, `10.0.0.${index + 1}`, {
        labels: [
          `k8s:app=${name}`,
          `k8s:io.cilium.k8s.policy.serviceaccount=${name}`,
          "k8s:linkerd.io/control-plane-ns=linkerd",
        ],
      }),
    );
    assert.ok(web && db);
    writeFileSync(flows, line({ from: web, to: db, port: 4143 }));
    const { port } = server.address() as AddressInfo;
    const traffic = await recordedTraffic({ traffic: [`http://127.0.0.1:${port}`, flows], for: 3600 });
    assert.deepEqual([traffic.problems, traffic.edges.map(nameOf)], [[], ["shop/web -> shop/db TCP 5432"]]);
    assert.equal(traffic.edges[0]?.requests, 3);
    assert.deepEqual(asked.sort(), [
      "inbound_http_authz_allow_total",
      "inbound_http_authz_deny_total",
      "inbound_tcp_authz_allow_total",
      "inbound_tcp_authz_deny_total",
      "tcp_open_total",
    ]);
  } finally {
    server.close();
  }
});

test("sends the credentials that a Prometheus requires, and prints them nowhere", async () => {
  await withPrometheus(
    (_, { headers, url }) =>
      headers.authorization === `Basic ${Buffer.from("me:s3cr:t@").toString("base64")}` && url?.startsWith("/x/api/")
        ? matrix([])
        : { status: 401, body: "<html>who are you?" },
    async (port) => {
      const asked = await recordedTraffic({ traffic: [`http://me:s3cr%3At%40@127.0.0.1:${port}/x/`], for: 60 });
      assert.deepEqual(asked.problems, []);
      const { problems } = await recordedTraffic({ traffic: [`http://me:wrong@127.0.0.1:${port}`], for: 60 });
      assert.match(problems[0]?.message ?? "", /Prometheus answers 401 to .*: not in JSON/);
      assert.doesNotMatch(JSON.stringify(problems), /wrong/);
    },
  );
});

test("recognizes a proxy's labels under any scrape configuration, and reports what an answer lacks", async () => {
  const seen = { client_id: "web.shop.serviceaccount.identity.linkerd.cluster.local", tls: "true" };
  const targets = [
    // Of the Prometheus Operator, of the OpenTelemetry collector, and of a federating Prometheus.
    { namespace: "shop", pod: "db-7d9f8c6b5d-x2x4z", target_port: "1" },
    { k8s_namespace_name: "shop", k8s_pod_name: "db-7d9f8c6b5d-x2x4z", target_port: "2" },
    {
      namespace: "monitoring",
      pod: "prometheus-0",
      exported_namespace: "shop",
      exported_pod: "db-0",
      target_port: "3",
    },
    { job: "by-address", target_ip: "10.0.0.2", target_port: "4" },
  ];
  const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];
  const flows = path.join(temporaryDirectory(), "flows.jsonl");
  writeFileSync(flows, line({ from: web, to: db, port: 4143 }));
  const steps = new Set<string | null>();
  await withPrometheus(
    (query, { url }) => {
      steps.add(new URL(url ?? "", "http://localhost").searchParams.get("step"));
      if (query !== "inbound_http_authz_allow_total") return matrix([]);
      const series = targets.map((labels) => ({ metric: { __name__: query, ...seen, ...labels }, values: [[1, "4"]] }));
      return matrix([...series, { metric: seen, values: [[1, "4"]] }], {
        warnings: ["store 10.1.2.3 not reached"],
        isPartial: true,
      });
    },
    async (port) => {
      const { edges, passedOver, problems } = await recordedTraffic({
        traffic: [flows, `http://127.0.0.1:${port}`],
        for: 30 * 86_400,
      });
      const ports = edges.filter(({ to }) => to.id === "shop/db").flatMap((edge) => edge.port ?? []);
      assert.deepEqual([problems, ports.sort()], [[], [1, 2, 3, 4]]);
      const whys = passedOver.map(passedOverWords);
      assert.ok(passedOver.every(mayHide), whys.join());
      assert.match(whys.join(), /without the name of a metric.*may not be whole: store 10\.1\.2\.3 not reached/);
      assert.match(whys.join(), /may not be whole: it is partial/);
    },
  );
  assert.deepEqual([...steps], ["300"], "pods that lived for some minutes are not passed over");
});

/** A file with credentials. */
function authFile(text: string): string {
  const file = path.join(temporaryDirectory(), "auth.yaml");
  writeFileSync(file, text);
  writeFileSync(path.join(path.dirname(file), "token"), "t0ken\n");
  return file;
}

test("sends tokens and tenants as in Prometheus' own configuration, also to a path of Grafana", async () => {
  const configs: [string, Record<string, string>][] = [
    ["authorization: {credentials_file: token}", { authorization: "Bearer t0ken" }],
    ["bearer_token_file: token", { authorization: "Bearer t0ken" }],
    ["basic_auth: {username: me, password_file: token}", { authorization: `Basic ${btoa("me:t0ken")}` }],
    [
      "authorization: {type: Token, credentials: x}\nhttp_headers: {X-Scope-OrgID: {values: [a|b]}, X-Other: {files: [token]}}",
      { authorization: "Token x", "x-scope-orgid": "a|b", "x-other": "t0ken" },
    ],
  ];
  const seen: http.IncomingMessage[] = [];
  await withPrometheus(
    (_, request) => {
      seen.push(request);
      return matrix([]);
    },
    async (port) => {
      for (const [config, expected] of configs) {
        seen.length = 0;
        const traffic = [`http://127.0.0.1:${port}/api/datasources/proxy/uid/P1/?orgId=2`];
        const { problems } = await recordedTraffic({ traffic, for: 60, trafficAuth: authFile(config) });
        assert.deepEqual([problems, seen.length], [[], 5]);
        for (const { headers, url } of seen) {
          assert.match(
            url ?? "",
            /^\/api\/datasources\/proxy\/uid\/P1\/api\/v1\/query_range\?orgId=2&query=\w+&start=/,
          );
          for (const [name, value] of Object.entries(expected)) assert.equal(headers[name], value, config);
        }
      }
    },
  );
});

test("refuses credentials that it does not fully understand before any request, and never prints them", async () => {
  for (const [config, why] of [
    ["tls_config: {insecure_skip_verify: true}", /tls_config: insecure_skip_verify is not supported/],
    ["authorisation: {credentials: s3cret}", /the file: authorisation is not supported/],
    ["tls_config: {cert_file: token}", /needs both cert and key/],
    ["bearer_token_file: s3cret", /cannot be read: ENOENT/],
    ["http_headers: {X-A: {values: [s3cret, b]}}", /X-A|needs one value/],
    ["http_headers: {'X-A: s3cret': {values: [b]}}", /has what is no name of a header/],
    ["http_headers: {':path': {values: [s3cret]}}", /has what is no name of a header/],
    ["bearer_token: s3cret\n bad: [", /is not YAML/],
    ['bearer_token: "s3cret\\nx: y"', /more than one line/],
  ] as const) {
    const { problems } = await recordedTraffic({ traffic: ["http://127.0.0.1:1"], trafficAuth: authFile(config) });
    assert.match(problems[0]?.message ?? "", why);
    assert.doesNotMatch((problems[0]?.message ?? "").replace(/\S*\/s3cret/, ""), /s3cret|ECONNREFUSED/);
  }
});

test("never prints an unescaped password, a key in the query, or the YAML parser's warning", async () => {
  for (const [name, shown] of [
    ["http://me:s3c@s3cret@127.0.0.1:1/p", "http://127.0.0.1:1/p"],
    ["http://me:s3cret/s3cret@127.0.0.1:1", "http://127.0.0.1:1"],
    ["HTTP://me:s3cret@127.0.0.1:1", "HTTP://127.0.0.1:1"],
    ["http://127.0.0.1:1/?apikey=s3cret", "http://127.0.0.1:1/?…"],
    ["grpc://me:s3cret@127.0.0.1:1", "grpc://127.0.0.1:1"],
    ["http://127.0.0.1:1/p", "http://127.0.0.1:1/p"],
    ["recordings/a@b?.jsonl", "recordings/a@b?.jsonl"],
  ] as const) {
    const { problems } = await recordedTraffic({ traffic: [name], for: 1 });
    assert.deepEqual([problems[0]?.file, withoutPassword(name)], [shown, shown]);
    assert.doesNotMatch(JSON.stringify(problems), /s3c/);
  }
  const warned: unknown[] = [];
  const heard = (warning: Error) => warned.push(warning.message);
  process.on("warning", heard);
  const trafficAuth = authFile("bearer_token: !odd s3cret");
  await recordedTraffic({ traffic: ["http://127.0.0.1:1"], for: 1, trafficAuth });
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", heard);
  assert.deepEqual(warned, []);
});

test("refuses an endless credentials file", async () => {
  for (const config of ["/dev/zero", authFile("bearer_token_file: /dev/zero")]) {
    const { problems } = await recordedTraffic({ traffic: ["http://127.0.0.1:1"], for: 1, trafficAuth: config });
    assert.match(problems[0]?.message ?? "", /\/dev\/zero: cannot be read: it is neither a regular file nor a pipe/);
  }
});

test("trusts a Prometheus behind a private CA by its certificate, and does not follow redirects", async () => {
  const ca = authority("lab");
  const { cert, key } = ca.issue("localhost");
  const server = https.createServer({ cert, key }, (_, response) => response.end(matrix([]).body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const traffic = [`https://127.0.0.1:${(server.address() as AddressInfo).port}`];
    const trafficAuth = authFile(`tls_config: {server_name: localhost, ca: ${JSON.stringify(ca.cert)}}`);
    assert.deepEqual((await recordedTraffic({ traffic, trafficAuth })).problems, []);
    const [problem] = (await recordedTraffic({ traffic })).problems;
    assert.match(problem?.message ?? "", /certificate/);
  } finally {
    server.close();
  }
  const redirecting = http.createServer((_, response) => response.writeHead(302, { location: "/login" }).end());
  await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
  try {
    const traffic = [`http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`];
    const [problem] = (await recordedTraffic({ traffic })).problems;
    assert.match(problem?.message ?? "", /answers 302 .*: a redirect, which is not followed/);
  } finally {
    redirecting.close();
  }
});

test("counts what several replicas of Prometheus scraped only once", async () => {
  const query = "inbound_http_authz_allow_total";
  const own = {
    __name__: query,
    namespace: "shop",
    deployment: "db",
    client_id: "web.shop.serviceaccount.identity.linkerd.cluster.local",
    tls: "true",
    target_port: "5432",
  };
  const scraped = (labels: object, from: number, until: number) => ({
    metric: { ...own, ...labels },
    values: [
      [1_795_665_000 + from, `${from}`],
      [1_795_665_000 + until, `${until}`],
    ],
  });
  for (const label of ["prometheus_replica", "replica", "rule_replica", "__replica__"]) {
    const file = path.join(temporaryDirectory(), "answer.json");
    const result = [
      // The second one was down at first. The workload's pods are counted separately.
      scraped({ pod: "db-1", [label]: "a" }, 0, 60),
      scraped({ [label]: "b", pod: "db-1" }, 30, 90),
      scraped({ pod: "db-2", [label]: "a" }, 0, 10),
    ];
    writeFileSync(file, matrix(result).body);
    const { edges } = await recordedTraffic({ traffic: [file] });
    assert.deepEqual(
      edges.map(({ requests, first, last }) => [requests, first, last]),
      [[70, "2026-11-26T03:50:00.000Z", "2026-11-26T03:51:30.000Z"]],
      label,
    );
  }
});

test("counts a counter from several sources once: a pair of Prometheus, overlapping answers, a proxy's own metrics, the same text twice", async () => {
  const query = "inbound_http_authz_allow_total";
  const seen = {
    client_id: "web.shop.serviceaccount.identity.linkerd.cluster.local",
    tls: "true",
    target_port: "5432",
  };
  const ofPod = (pod: string) => ({ __name__: query, namespace: "shop", deployment: "db", pod, ...seen });
  const start = 1_795_665_000;
  const answer = (from: number, until: number, pods: readonly string[] = ["db-1"]) => {
    const values = Array.from({ length: (until - from) / 10 + 1 }, (_, n) => [
      start + from + 10 * n,
      `${from + 10 * n}`,
    ]);
    return matrix(pods.map((pod) => ({ metric: ofPod(pod), values }))).body;
  };
  const labels = Object.entries({ ...seen, target_ip: "10.0.0.2" }).map(([key, value]) => `${key}="${value}"`);
  const text = (count: number) => `${query}{${labels}} ${count}\n`;
  const requestsOf = async (files: Readonly<Record<string, string>>) => {
    const folder = temporaryDirectory();
    for (const [name, body] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), body);
    }
    const { edges, problems } = await recordedTraffic({ traffic: [folder] });
    assert.deepEqual([problems, edges.length], [[], 1]);
    return edges[0]?.requests;
  };
  const pod = "shop_db-7d9f8c6b5d-x2x4z.txt";
  const cases: [string, Readonly<Record<string, string>>, number][] = [
    ["the same answer under two names", { "a.json": answer(0, 100), "b.json": answer(0, 100) }, 100],
    ["the pods of a workload each for itself", { "a.json": answer(0, 100, ["db-1", "db-2"]) }, 200],
    ["one of a pair that came later", { "a.json": answer(0, 60), "b.json": answer(30, 100) }, 100],
    ["the later part first", { "a.json": answer(30, 100), "b.json": answer(0, 60) }, 100],
    ["a part of another", { "a.json": answer(40, 60), "b.json": answer(0, 100) }, 100],
    ["one day after another", { "a.json": answer(0, 50), "b.json": answer(100, 150) }, 100],
    ["a proxy's text beside Prometheus", { "a.json": answer(0, 100), [pod]: text(40) }, 100],
    ["a proxy that Prometheus began to scrape late", { "a.json": answer(0, 100), [pod]: text(400) }, 400],
    ["a text that was read twice", { [`1/${pod}`]: text(40), [`2/${pod}`]: text(70) }, 70],
    ["texts of two pods", { [pod]: text(40), "shop_db-7d9f8c6b5d-z9z9z.txt": text(70) }, 110],
  ];
  for (const [what, files, requests] of cases) assert.equal(await requestsOf(files), requests, what);
});

test("queries a cluster's Prometheus by port-forward: linkerd-viz's first, and only one of several replicas", async () => {
  const usual = { "app.kubernetes.io/name": "prometheus" };
  const pod = (
    name: string,
    namespace: string,
    owner: string,
    labels: Record<string, string> = usual,
    ready = "True",
  ) => ({
    metadata: { name, namespace, labels, ownerReferences: [{ uid: owner }] },
    status: { conditions: [{ type: "Ready", status: ready }] },
  });
  /** As an API server reads it: all of the labels, each with its value. */
  const selected = (url: string | undefined, items: ReturnType<typeof pod>[]) => {
    const wanted = new URL(url ?? "", "http://api").searchParams.get("labelSelector")?.split(",") ?? [];
    return items.filter(({ metadata: { labels } }) =>
      wanted.every((one) => Object.entries(labels).some(([key, value]) => one === `${key}=${value}`)),
    );
  };
  const replicas = [
    pod("prometheus-0", "monitoring", "m", usual, "False"),
    pod("prometheus-1", "monitoring", "m"),
    pod("prometheus-2", "monitoring", "m"),
  ];
  // As the chart labels its pods.
  const labels = { "linkerd.io/extension": "viz", component: "prometheus", namespace: "linkerd-viz" };
  const viz = pod("prometheus-x", "linkerd-viz", "v", labels);
  const ask = async (items: ReturnType<typeof pod>[], port: number) => {
    const api = await fakeApiServer({
      http: ({ url }, response) =>
        json(response, 200, { apiVersion: "v1", kind: "PodList", items: selected(url, items) }),
      stream: forwardTo(port),
    });
    const kubeconfig = path.join(temporaryDirectory(), "kubeconfig");
    writeFileSync(kubeconfig, api.kubeconfigText);
    try {
      const trafficAuth = authFile("bearer_token: s3cret\nhttp_headers: { X-Scope-OrgID: { values: [team-a] } }");
      const { problems } = await recordedTraffic({ traffic: ["prometheus"], kubeconfig, trafficAuth });
      return { problems, requests: api.requests.join("\n") };
    } finally {
      await api.close();
    }
  };
  const queries: string[] = [];
  const seen: http.IncomingMessage[] = [];
  await withPrometheus(
    (query, request) => {
      queries.push(query);
      seen.push(request);
      return matrix([]);
    },
    async (port) => {
      const one = await ask(replicas, port);
      assert.deepEqual([one.problems, queries.length], [[], 5]);
      for (const { headers } of seen)
        assert.deepEqual([headers.authorization, headers["x-scope-orgid"]], ["Bearer s3cret", "team-a"]);
      assert.match(one.requests, /UPGRADE .*\/monitoring\/pods\/prometheus-1\/portforward\?ports=9090/);
      assert.match((await ask([...replicas, viz], port)).requests, /linkerd-viz\/pods\/prometheus-x\/portforward/);
      const several = await ask([...replicas, pod("prometheus-y", "team", "t")], port);
      assert.match(several.problems[0]?.message ?? "", /several Prometheus run: monitoring\/prometheus-1, .*team\//);
      assert.match(
        (await ask([], port)).problems[0]?.message ?? "",
        /neither linkerd-viz's Prometheus nor a pod with .*=prometheus is ready/,
      );
    },
  );
});
