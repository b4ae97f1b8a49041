import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { recordedTraffic } from "../../lib/cli/recorded-traffic";
import { mayHide } from "../../lib/traffic/hubble/passed-over";
import { temporaryDirectory } from "../plan/fixture";
import { line, nameOf, pod } from "./lines";

/** A Prometheus on this machine, and what it was asked. */
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

test("a Prometheus is asked for the counters of proxies only, and joined with files", async () => {
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

test("the credentials of a Prometheus are sent as it asks for them, and printed nowhere", async () => {
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

test("whatever a scrape configuration calls the labels of a proxy, and what is missing in an answer, is told", async () => {
  const seen = { client_id: "web.shop.serviceaccount.identity.linkerd.cluster.local", tls: "true" };
  const targets = [
    // Prometheus Operator's, the OpenTelemetry collector's, a federating one's.
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
      return matrix([...series, { metric: seen, values: [[1, "4"]] }], { warnings: ["store 10.1.2.3 not reached"] });
    },
    async (port) => {
      const { edges, passedOver, problems } = await recordedTraffic({
        traffic: [flows, `http://127.0.0.1:${port}`],
        for: 30 * 86_400,
      });
      const ports = edges.filter(({ to }) => to.id === "shop/db").flatMap((edge) => edge.port ?? []);
      assert.deepEqual([problems, ports.sort()], [[], [1, 2, 3, 4]]);
      const whys = [...passedOver.keys()];
      assert.ok(whys.every(mayHide), whys.join());
      assert.match(whys.join(), /without the name of a metric.*may not be whole: store 10\.1\.2\.3 not reached/);
    },
  );
  assert.deepEqual([...steps], ["300"], "pods that lived for some minutes are not passed over");
});
