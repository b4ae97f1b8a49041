import assert from "node:assert/strict";
import fs, { appendFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mock, test } from "node:test";
import * as zlib from "node:zlib";
import { gzipSync } from "node:zlib";
import { inOrderOfTime, sourcesOf } from "../../lib/traffic/files";
import { passedOverWords } from "../../lib/traffic/hubble/passed-over";
import { readTraffic, TrafficReader } from "../../lib/traffic/read";
import type { Traffic, TrafficEdge } from "../../lib/traffic/traffic";
import { temporaryDirectory } from "../plan/fixture";
import { line, nameOf, pod, recordings, trafficOf, world } from "./lines";

const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];

function edge(traffic: Traffic, name: string): TrafficEdge {
  const found = traffic.edges.find((one) => nameOf(one) === name);
  assert.ok(found, `${name} is not among\n${traffic.edges.map(nameOf).join("\n")}`);
  return found;
}

test("a denied packet that is reported twice and sent again counts as one denial", async () => {
  const denied = { from: web, to: db, port: 5432, verdict: "DROPPED", reason: "POLICY_DENIED" } as const;
  const packets = [1, 1, 3, 7].flatMap((second) =>
    ([5, 1] as const).map((event) => line({ ...denied, event, time: `2026-11-26T10:00:0${second}.5Z` })),
  );
  const again = line({ ...denied, event: 5, sourcePort: 40_001, time: "2026-11-26T10:00:09Z" });
  const traffic = await trafficOf({ a: [...packets, again].join("\n") });
  const { passed, denied: count, flows, first, last } = edge(traffic, "shop/web -> shop/db TCP 5432");
  assert.deepEqual([passed, count, flows, first, last], [0, 2, 2, "2026-11-26T10:00:01.5Z", "2026-11-26T10:00:09Z"]);
});

test("replies belong to the edge of the request, and a Service's port in them is not an edge", async () => {
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

test("an address of a deleted pod stays that pod's until another pod has it", async () => {
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

test("counts lost events by their source", async () => {
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

test("reads lines from any storage: compressed, from Loki, or from a container's log", async () => {
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

test("unpacks zstd if Node can, and reports it otherwise", async () => {
  const text = Buffer.from(line({ from: web, to: db, port: 5432 }));
  // A frame with one uncompressed block: the magic number, the size minus 256 in two bytes, and the block's size with the last-block flag.
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(text.length - 256, 5);
  head.writeUIntLE((text.length << 3) | 1, 7, 3);
  const traffic = await trafficOf({ "a.zst": Buffer.concat([head, text]) });
  if ("createZstdDecompress" in zlib) assert.deepEqual(traffic.edges.map(nameOf), ["shop/web -> shop/db TCP 5432"]);
  else assert.match(traffic.problems[0]?.message ?? "", /cannot unpack zstd. Use Node 22.15 or newer/);
});

test("reports an unreadable line with its file and number, and reads the rest", async () => {
  const traffic = await trafficOf({
    a: [line({ from: web, to: db, port: 1 }), "{oops", line({ from: web, to: db, port: 2 }), '{"half'].join("\n"),
  });
  assert.deepEqual(traffic.edges.length, 2);
  assert.deepEqual(
    traffic.problems.map(({ line: at, message }) => [at, message]),
    [[2, "is not JSON"]],
  );
  const [cutLine] = traffic.passedOver;
  assert.match(
    cutLine === undefined ? "" : passedOverWords(cutLine),
    /^the last of \/.*\/a \(line 4\), which is not whole$/,
  );
  assert.equal(cutLine?.count, 1);
  const cut = await trafficOf({ "b.gz": gzipSync(line({ from: web, to: db, port: 1 })).subarray(0, 200) });
  assert.match(cut.problems[0]?.message ?? "", /unexpected end of file/);
  const none = await readTraffic(["/nonexistent"]);
  assert.match(none.problems[0]?.message ?? "", /no such file or folder/);
});

test("keeps DNS names of addresses, from flows and from DNS replies", async () => {
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

test("in transport-header mode, proxies' metrics reveal the ports that 4143 hides; without them, the ports are unknown", async () => {
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

test("an answer of Prometheus is traffic, with the time that its counters cover", async () => {
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

test("ignores the connections of verify's own pods", async () => {
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
  assert.deepEqual(traffic.passedOver, [{ reason: "own probes", count: 2 }]);
});

const flow = (port: number) => `${line({ from: web, to: db, port, time: "2026-11-26T10:00:00Z" })}\n`;

/** Reads a log of three flows in a folder, while something happens to it after it was listed, or on each read. */
async function readWhile(happens: {
  listed?: (file: string) => void;
  read?: (file: string) => void;
}): Promise<Traffic> {
  const folder = temporaryDirectory();
  const file = path.join(folder, "events.log");
  writeFileSync(file, flow(1) + flow(2) + flow(3));
  const { sources } = sourcesOf([folder]);
  happens.listed?.(file);
  const { readSync } = fs;
  const reads = mock.method(fs, "readSync", (...args: Parameters<typeof readSync>) => {
    const count = readSync(...args);
    happens.read?.(file);
    return count;
  });
  const reader = new TrafficReader();
  for (const source of await inOrderOfTime(sources)) await reader.read(source);
  reads.mock.restore();
  return reader.traffic();
}

test("reads a growing log up to its end when it was opened", async () => {
  const { edges, problems } = await readWhile({ read: (file) => appendFileSync(file, flow(4)) });
  assert.deepEqual([edges.length, problems], [3, []]);
});

test("reports a log that is rotated during reading, instead of missing traffic silently", async () => {
  const moved = (file: string) => {
    renameSync(file, `${file}.1`);
    writeFileSync(file, flow(5));
  };
  const emptied = (file: string) => truncateSync(file, 0);
  const written = (file: string) => writeFileSync(file, flow(5) + flow(6) + flow(7) + flow(8));
  const messages = async (happens: Parameters<typeof readWhile>[0]) =>
    (await readWhile(happens)).problems.map(({ message }) => message).join();
  assert.match(await messages({ listed: moved }), /another file was put in its place while traffic was read/);
  assert.match(await messages({ listed: rmSync }), /there is no such file/);
  assert.match(await messages({ read: emptied }), /it was written anew while it was read/);
  assert.match(await messages({ read: written }), /it was written anew while it was read/);
});

test("closes every file of a folder after looking at it", async () => {
  const folder = temporaryDirectory();
  for (let index = 0; index < 50; index++) writeFileSync(path.join(folder, `${index}.txt`), "x".repeat(200_000));
  const opened = () => readdirSync("/proc/self/fd").length;
  const before = opened();
  await readTraffic([folder]);
  assert.ok(opened() - before < 10, `${opened() - before} more files are open`);
});
