import assert from "node:assert/strict";
import { test } from "node:test";
import { Repeats } from "../../lib/traffic/hubble/repeats";
import { line, nameOf, pod, trafficOf, world } from "./lines";

const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];
const at = (second: number) => `2026-11-26T10:00:${String(second).padStart(2, "0")}.000000001Z`;
const marked = (number: number) => ({
  uuid: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
});
const numbered = (number: number) =>
  line({ from: web, to: db, port: 5432, sourcePort: 40_000 + number, time: at(number), more: marked(number) });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test("counts lines and losses in two overlapping files once", async () => {
  const lost = JSON.stringify({
    lost_events: { source: "OBSERVER_EVENTS_QUEUE", num_events_lost: "14", first: at(11), last: at(12) },
    node_name: "node",
    time: at(12),
  });
  const traffic = await trafficOf({
    "events-1.log": [...range(0, 20).map(numbered), lost].join("\n"),
    "events-2.log": [...range(10, 30).map(numbered), lost].join("\n"),
  });
  assert.deepEqual(
    traffic.edges.map((edge) => [nameOf(edge), edge.flows]),
    [["shop/web -> shop/db TCP 5432", 30]],
  );
  assert.equal(traffic.flows, 30);
  assert.deepEqual(traffic.passedOver, [{ reason: "repeated", count: 10 }]);
  assert.deepEqual(
    traffic.lost.map(({ events }) => events),
    [14],
  );
});

test("recognizes repeated events within the promised window, and never confuses two events", () => {
  const repeats = new Repeats(5000);
  const flow = (number: number) => ({ ...base, uuid: marked(number).uuid, sourcePort: number % 30_000 });
  assert.ok(range(0, 20_000).every((number) => !repeats.isRepeated(flow(number))));
  assert.ok(range(15_000, 20_000).every((number) => repeats.isRepeated(flow(number))));
  assert.equal(repeats.isRepeated(flow(3)), false, "its memory is bounded");
  assert.equal(repeats.isRepeated({ ...flow(19_999), port: 1 }), false);
});

const base = {
  time: "2026-11-26T10:00:00",
  verdict: "FORWARDED",
  event: 4,
  point: "TO_ENDPOINT",
  reason: "",
  protocol: "TCP",
  port: 80,
  synAck: false,
  syn: true,
  from: "10.0.0.1",
  to: "10.0.0.2",
  related: false,
  ends: "",
};

test("reads files in order of time, whatever their names, because an address belongs to its owner at the time", async () => {
  const [first, second] = ["first", "second"].map((name) => pod("ops", name, "10.0.0.9"));
  assert.ok(first && second);
  const gone = (second: number) => line({ from: web, to: world("10.0.0.9"), port: 80 + second, time: at(second) });
  const traffic = await trafficOf({
    "a-later.log": [line({ from: second, to: db, port: 5432, time: at(30) }), gone(31)].join("\n"),
    "b-earlier.log": [line({ from: first, to: db, port: 5432, time: at(10) }), gone(11)].join("\n"),
  });
  assert.deepEqual(traffic.edges.filter(({ from }) => from.id === "shop/web").map(nameOf), [
    "shop/web -> ops/first TCP 91",
    "shop/web -> ops/second TCP 111",
  ]);
});

test("an address belongs to its owner at the time even if two files cover the same time", async () => {
  const holder = (name: string, second: number) =>
    line({ from: pod("ops", name, "10.0.0.9"), to: db, port: 5432, time: at(second) });
  const traffic = await trafficOf({
    a: [line({ from: web, to: db, port: 1, time: at(1) }), holder("first", 10), holder("second", 30)].join("\n"),
    b: [
      line({ from: web, to: db, port: 2, time: at(2) }),
      line({ from: web, to: world("10.0.0.9"), port: 80, time: at(20) }),
    ].join("\n"),
  });
  assert.ok(traffic.edges.map(nameOf).includes("shop/web -> ops/first TCP 80"), traffic.edges.map(nameOf).join("\n"));
});

test("an address of the pod network is never the world, even if a later line reveals the network", async () => {
  const traffic = await trafficOf({
    a: [
      line({ from: web, to: world("10.0.7.9"), port: 80 }),
      line({ from: pod("ops", "job", "10.0.7.3"), to: db, port: 1 }),
    ].join("\n"),
  });
  assert.ok(traffic.edges.map(nameOf).includes("shop/web -> a pod that is gone (10.0.7.9) TCP 80"));
});

test("an edge that passed and was then denied has the time of the change", async () => {
  const traffic = await trafficOf({
    a: [
      line({ from: web, to: db, port: 5432, time: at(1) }),
      line({ from: web, to: db, port: 5432, time: at(5), verdict: "DROPPED", event: 5, sourcePort: 40_001 }),
      line({ from: web, to: db, port: 9187, time: at(1), verdict: "DROPPED", event: 5, sourcePort: 40_002 }),
      line({ from: web, to: db, port: 9187, time: at(5), sourcePort: 40_003 }),
    ].join("\n"),
  });
  assert.deepEqual(
    traffic.edges.map(({ port, deniedSince }) => [port, deniedSince]),
    [
      [5432, at(5)],
      [9187, undefined],
    ],
  );
});
