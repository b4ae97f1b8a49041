import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { gunzipSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { flowOf, quickFlow } from "../../lib/traffic/hubble/flow";
import { readTraffic } from "../../lib/traffic/read";
import type { Traffic, TrafficEdge } from "../../lib/traffic/traffic";
import { runs } from "../support/runs";
import { line, nameOf, pod, recordings, trafficOf, world } from "./lines";

const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];

function edge(traffic: Traffic, name: string): TrafficEdge {
  const found = traffic.edges.find((one) => nameOf(one) === name);
  assert.ok(found, `${name} is not among\n${traffic.edges.map(nameOf).join("\n")}`);
  return found;
}

test("a denied packet is told of twice and sent again, and is one denial", async () => {
  const denied = { from: web, to: db, port: 5432, verdict: "DROPPED", reason: "POLICY_DENIED" } as const;
  const packets = [1, 1, 3, 7].flatMap((second) =>
    ([5, 1] as const).map((event) => line({ ...denied, event, time: `2026-11-26T10:00:0${second}.5Z` })),
  );
  const again = line({ ...denied, event: 5, sourcePort: 40_001, time: "2026-11-26T10:00:09Z" });
  const traffic = await trafficOf({ a: [...packets, again].join("\n") });
  const { passed, denied: count, flows, first, last } = edge(traffic, "shop/web -> shop/db TCP 5432");
  assert.deepEqual([passed, count, flows, first, last], [0, 2, 2, "2026-11-26T10:00:01.5Z", "2026-11-26T10:00:09Z"]);
});

test("answers are those of the edge that asked, and a Service's port in them is no edge", async () => {
  const answer = { from: db, to: web, sourcePort: 5432, port: 40_000, reply: true } as const;
  const traffic = await trafficOf({
    a: [
      line({ from: web, to: db, port: 5432, reply: false }),
      line(answer),
      line({ ...answer, sourcePort: 80 }),
      line({ from: db, to: web, sourcePort: 5432, port: 40_000, flags: { SYN: true, ACK: true } }),
    ].join("\n"),
  });
  assert.deepEqual(traffic.edges.map(nameOf), ["shop/web -> shop/db TCP 5432"]);
  const lonely = await trafficOf({ a: line(answer) });
  assert.deepEqual(
    lonely.edges.map(nameOf),
    ["shop/web -> shop/db TCP 5432"],
    "the request may be among what was lost",
  );
});

test("an address of a pod that is gone is that pod's, until another has it", async () => {
  const at = (second: number) => `2026-11-26T10:00:0${second}Z`;
  const job = pod("ops", "nightly", "10.0.0.9", { pod: "nightly-29927753-6snfm", kind: "CronJob" });
  const upserted = (second: number, pod_name: string, ip = "10.0.0.9") =>
    JSON.stringify({
      agent_event: {
        type: "IPCACHE_UPSERTED",
        ipcache_update: { cidr: `${ip}/32`, host_ip: "172.18.0.2", namespace: "ops", pod_name },
      },
      node_name: "node",
      time: at(second),
    });
  const traffic = await trafficOf({
    a: [
      line({ from: web, to: job, port: 4191, time: at(1) }),
      line({ from: web, to: world("10.0.0.9"), port: 4191, time: at(2) }),
      upserted(3, "other-7d9f8c6b5d-x2x4z"),
      line({ from: web, to: world("10.0.0.9"), port: 80, time: at(4) }),
      line({ from: web, to: world("10.0.0.77"), port: 81, time: at(5) }),
      line({ from: web, to: world("192.0.2.1"), port: 443, time: at(6) }),
    ].join("\n"),
  });
  assert.deepEqual(traffic.edges.map(nameOf), [
    "shop/web -> 192.0.2.1 TCP 443",
    "shop/web -> a pod that is gone (10.0.0.77) TCP 81",
    "shop/web -> ops/nightly TCP 4191",
    "shop/web -> ops/other TCP 80",
  ]);
  assert.equal(edge(traffic, "shop/web -> ops/nightly TCP 4191").flows, 2);
});

test("every run of a CronJob is the CronJob", async () => {
  const run = (number: number) =>
    pod("ops", "report", `10.0.1.${number}`, {
      pod: `report-2992775${number}-6snfm`,
      kind: "CronJob",
      labels: [
        "k8s:app=report",
        `k8s:job-name=report-2992775${number}`,
        `k8s:batch.kubernetes.io/job-name=report-2992775${number}`,
      ],
    });
  const traffic = await trafficOf({ a: [1, 2, 3].map((n) => line({ from: run(n), to: db, port: 5432 })).join("\n") });
  assert.deepEqual(traffic.edges.map(nameOf), ["ops/report -> shop/db TCP 5432"]);
  assert.deepEqual(traffic.edges[0]?.from.labels, { app: "report" });
});

test("lost events are counted by who lost them", async () => {
  const lost = (source: string, events: string, second: number) =>
    JSON.stringify({
      lost_events: {
        source,
        num_events_lost: events,
        first: `2026-11-26T10:00:0${second}Z`,
        last: `2026-11-26T10:00:0${second + 1}Z`,
      },
    });
  const traffic = await trafficOf({
    a: [
      lost("OBSERVER_EVENTS_QUEUE", "14", 1),
      lost("HUBBLE_RING_BUFFER", "1193", 2),
      lost("OBSERVER_EVENTS_QUEUE", "5", 4),
    ].join("\n"),
  });
  assert.deepEqual(traffic.lost, [
    { source: "OBSERVER_EVENTS_QUEUE", events: 19, first: "2026-11-26T10:00:01Z", last: "2026-11-26T10:00:05Z" },
    { source: "HUBBLE_RING_BUFFER", events: 1193, first: "2026-11-26T10:00:02Z", last: "2026-11-26T10:00:03Z" },
  ]);
});

test("whoever stored the lines, they are read: packed, from Loki, from a container's log", async () => {
  const text = line({ from: web, to: db, port: 5432 });
  const loki = {
    status: "success",
    data: { resultType: "streams", result: [{ stream: { app: "hubble" }, values: [["1795665027000000000", text]] }] },
  };
  const files = {
    plain: text,
    "packed.gz": gzipSync(`${text}\n`),
    "loki.json": JSON.stringify(loki, null, 2),
    logcli: JSON.stringify({ labels: {}, line: text, timestamp: "2026-11-26T10:00:00Z" }),
    cri: `2026-11-26T10:00:00.1Z stdout F ${text}\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    const traffic = await trafficOf({ [name]: content });
    assert.deepEqual([name, traffic.problems, traffic.edges.map(nameOf)], [name, [], ["shop/web -> shop/db TCP 5432"]]);
  }
});

test("zstd is unpacked where Node can, and said where it cannot", async () => {
  const text = Buffer.from(line({ from: web, to: db, port: 5432 }));
  // A frame of one block that is not compressed: magic, a size of two bytes less 256, the block's size and that it is the last.
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(text.length - 256, 5);
  head.writeUIntLE((text.length << 3) | 1, 7, 3);
  const traffic = await trafficOf({ "a.zst": Buffer.concat([head, text]) });
  if ("createZstdDecompress" in zlib) assert.deepEqual(traffic.edges.map(nameOf), ["shop/web -> shop/db TCP 5432"]);
  else assert.match(traffic.problems[0]?.message ?? "", /cannot unpack zstd. Use Node 22.15 or newer/);
});

test("what cannot be read is said with its file and line, and the rest is read", async () => {
  const traffic = await trafficOf({
    a: [line({ from: web, to: db, port: 1 }), "{oops", line({ from: web, to: db, port: 2 }), '{"half'].join("\n"),
  });
  assert.deepEqual(traffic.edges.length, 2);
  assert.deepEqual(
    traffic.problems.map(({ line: at, message }) => [at, message]),
    [[2, "is not JSON"]],
  );
  assert.deepEqual([...traffic.passedOver], [["the last line of a file, which is not whole", 1]]);
  const cut = await trafficOf({ "b.gz": gzipSync(line({ from: web, to: db, port: 1 })).subarray(0, 200) });
  assert.match(cut.problems[0]?.message ?? "", /unexpected end of file/);
  const none = await readTraffic(["/nonexistent"]);
  assert.match(none.problems[0]?.message ?? "", /no such file or folder/);
});

test("DNS names of addresses are kept, from the flow and from answers of DNS", async () => {
  const api = world("93.184.216.34");
  const traffic = await trafficOf({
    a: [
      line({ from: web, to: api, port: 443, more: { destination_names: ["api.example.com"] } }),
      line({
        from: web,
        to: db,
        port: 53,
        protocol: "UDP",
        more: {
          Type: "L7",
          event_type: { type: 129 },
          l7: { type: "RESPONSE", dns: { query: "www.example.com.", ips: ["93.184.216.34"] } },
        },
      }),
    ].join("\n"),
  });
  const party = traffic.edges.map(({ to }) => to).find(({ id }) => id === "93.184.216.34");
  assert.deepEqual([...(party?.names ?? [])], ["api.example.com", "www.example.com"]);
});

test("a line that is read quickly says what the whole line says", () => {
  for (const mode of ["transparent", "transport-header"]) {
    for (const phase of [0, 1, 2]) {
      const text = gunzipSync(readFileSync(path.join(recordings, mode, `phase-${phase}.flows.jsonl.gz`))).toString(
        "latin1",
      );
      let quick = 0;
      for (const one of text.trim().split("\n")) {
        const flow = quickFlow(one);
        if (flow === undefined) continue;
        quick++;
        const { ends, ...rest } = flow;
        const whole = flowOf(JSON.parse(one).flow);
        assert.ok(whole && typeof ends === "string");
        const { ends: both, ...parsed } = whole;
        assert.deepEqual({ ...rest, ...JSON.parse(`{${ends.replace(/,$/, "")}}`) }, { ...parsed, ...Object(both) });
      }
      assert.ok(quick > 250, `${mode} ${phase}: ${quick} lines`);
    }
  }
});

/** What a line says, whichever of the two readers reads it. */
function bothSay(text: string): void {
  const bytes = Buffer.from(text).toString("latin1");
  const quick = quickFlow(bytes);
  const whole = flowOf(JSON.parse(bytes).flow);
  assert.ok(quick !== undefined && whole !== undefined && typeof quick.ends === "string", text);
  const { ends, ...rest } = quick;
  const { ends: both, ...parsed } = whole;
  assert.deepEqual({ ...rest, ...JSON.parse(`{${ends.replace(/,$/, "")}}`) }, { ...parsed, ...Object(both) });
}

const anyLine = fc.record({
  port: fc.integer({ min: 1, max: 65_535 }),
  sourcePort: fc.integer({ min: 1, max: 65_535 }),
  protocol: fc.constantFrom("TCP" as const, "UDP" as const),
  verdict: fc.constantFrom("FORWARDED", "DROPPED", "AUDIT", "REDIRECTED"),
  event: fc.constantFrom(1 as const, 4 as const, 5 as const),
  flags: fc.record({ SYN: fc.constant(true), ACK: fc.constant(true) }, { requiredKeys: [] }),
  reply: fc.option(fc.boolean(), { nil: undefined }),
  reason: fc.constantFrom("POLICY_DENIED", "STALE_OR_UNROUTABLE_IP"),
  label: fc.string(),
  ipv6: fc.boolean(),
  more: fc.record(
    {
      source_names: fc.array(fc.domain(), { minLength: 1, maxLength: 2 }),
      destination_names: fc.array(fc.domain(), { minLength: 1, maxLength: 2 }),
      tunnel: fc.constant({ protocol: "VXLAN", IP: { source: "172.18.0.2", destination: "172.18.0.3" }, vni: 1 }),
      node_labels: fc.array(fc.string(), { minLength: 1, maxLength: 2 }),
      emitter: fc.record({ name: fc.string() }),
      trace_reason: fc.constantFrom("NEW", "ESTABLISHED", "RELATED"),
      source_service: fc.constant({ name: "web", namespace: "shop" }),
    },
    { requiredKeys: [] },
  ),
});

test("whatever a line holds, the quick reader says what the whole line says", () => {
  fc.assert(
    fc.property(anyLine, ({ label, ipv6, reply, ...rest }) => {
      const from = pod("shop", "web", ipv6 ? "fd00::1" : "10.0.0.1", { labels: [`k8s:app=${label}`] });
      bothSay(
        line({ ...rest, from, to: world(ipv6 ? "2001:db8::7" : "192.0.2.7"), ...(reply !== undefined && { reply }) }),
      );
    }),
    { numRuns: runs(200) },
  );
});

test("a line that is cut off is never a flow, wherever it is cut, nor are two that run together", async () => {
  const whole = line({ from: web, to: db, port: 5432, reply: true, more: { interface: { name: "lxc" } } });
  for (let length = 1; length < whole.length; length++) assert.equal(quickFlow(whole.slice(0, length)), undefined);
  assert.ok(quickFlow(whole));
  const other = line({ from: web, to: db, port: 5433, time: "2026-11-26T10:00:05Z" });
  const traffic = await trafficOf({ a: [whole.slice(0, -40), whole + other, other].join("\n") });
  assert.deepEqual(
    traffic.problems.map(({ line: at, message }) => [at, message]),
    [
      [1, "is not JSON"],
      [2, "is not JSON"],
    ],
  );
  assert.equal(traffic.flows, 1);
});

test("in transport-header the proxies' metrics tell the ports that 4143 hides; without them they are unknown", async () => {
  const folder = path.join(recordings, "transport-header");
  const ofCart = (traffic: Traffic) =>
    traffic.edges.filter(({ from, to }) => from.id === "shop/frontend" && to.id === "shop/cart").map(nameOf);
  const flows = path.join(folder, "phase-0.flows.jsonl.gz");
  assert.deepEqual(ofCart(await readTraffic([flows])), ["shop/frontend -> shop/cart TCP unknown"]);
  const joined = await readTraffic([path.join(folder, "metrics"), flows]);
  assert.deepEqual(
    ofCart(joined),
    [9797, 9898, 9999].map((port) => `shop/frontend -> shop/cart TCP ${port}`),
  );
  const http = edge(joined, "shop/frontend -> shop/cart TCP 9898");
  assert.deepEqual([http.wire, http.account], [4143, "shop/frontend"]);
  assert.ok((http.requests ?? 0) > 0);
});

test("an answer of Prometheus is traffic, too, with the time in which it counted", async () => {
  const metric = {
    __name__: "inbound_http_authz_allow_total",
    namespace: "shop",
    deployment: "db",
    client_id: "web.shop.serviceaccount.identity.linkerd.cluster.local",
    target_port: "5432",
    tls: "true",
  };
  const values = [
    [1795665000, "3"],
    [1795665030, "3"],
    [1795665060, "8"],
    [1795665090, "8"],
  ];
  const traffic = await trafficOf({
    "q.json": JSON.stringify({ status: "success", data: { resultType: "matrix", result: [{ metric, values }] } }),
  });
  const found = edge(traffic, "the account shop/web -> shop/db TCP 5432");
  assert.deepEqual(
    [found.requests, found.first, found.last],
    [5, "2026-11-26T03:50:30.000Z", "2026-11-26T03:51:00.000Z"],
  );
});

test("what verify's own pods ask, and are asked, is nobody's traffic", async () => {
  const control = pod("meshfence-verify-1a2b3c4d", "control", "10.0.0.7");
  const stranger = pod("meshfence-verify", "stranger", "10.0.0.8");
  const alike = pod("meshfence-verify-shop", "web", "10.0.0.9");
  const traffic = await trafficOf({
    a: [
      line({ from: control, to: db, port: 5432 }),
      line({ from: web, to: stranger, port: 9898 }),
      line({ from: alike, to: db, port: 5432 }),
    ].join("\n"),
  });
  assert.deepEqual(traffic.edges.map(nameOf), ["meshfence-verify-shop/web -> shop/db TCP 5432"]);
  assert.deepEqual([...traffic.passedOver], [["probes of meshfence verify", 2]]);
});
