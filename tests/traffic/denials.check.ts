import assert from "node:assert/strict";
import { test } from "node:test";
import { Collector } from "../../lib/traffic/hubble/collector";
import { edgeOf } from "../../lib/traffic/hubble/counts";
import type { Flow } from "../../lib/traffic/hubble/flow";

const endpoint = (name: string) => ({
  namespace: "shop",
  labels: ["k8s:io.kubernetes.pod.namespace=shop"],
  workloads: [{ name, kind: "Deployment" }],
});
const ends = { source: endpoint("web"), destination: endpoint("db") };

/** A denied packet of a connection. Each client has 50,000 ports. */
const denied = (connection: number): Flow => ({
  time: "2026-11-26T00:00:00.000000000",
  uuid: "",
  verdict: "DROPPED",
  event: 5,
  point: "",
  reason: "POLICY_DENIED",
  protocol: "TCP",
  sourcePort: 10_000 + (connection % 50_000),
  port: 5432,
  syn: true,
  synAck: false,
  from: `10.0.${Math.floor(connection / 50_000)}.1`,
  to: "10.0.0.9",
  related: false,
  ends,
});

test("recognizes each of the last fifty thousand denied connections, however many came before", () => {
  const collector = new Collector();
  const add = (from: number, until: number) => {
    for (let connection = from; connection < until; connection++) collector.add(denied(connection));
    return [...collector.edges].map(edgeOf).reduce((sum, edge) => sum + edge.denied, 0);
  };
  assert.equal(add(0, 120_000), 120_000);
  assert.equal(add(71_000, 120_000), 120_000);
  // Earlier ones are forgotten, because memory is bounded.
  assert.equal(add(0, 1), 120_001);
});
