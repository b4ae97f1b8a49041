import assert from "node:assert/strict";
import { test } from "node:test";
import { increase, readMetrics, type Sample } from "../../lib/verify/metrics";
import { arrivalOf, mtlsMetrics } from "../../lib/verify/mtls";
import { trafficMetrics, trafficOf } from "../../lib/verify/traffic";
import { recordedText } from "./recordings";

const wanted = new Set([...mtlsMetrics, ...trafficMetrics]);
const recorded = (mode: string) => readMetrics(recordedText(`${mode}/podinfo-proxy.metrics.txt`), wanted);
const client = { serviceAccount: "default", namespace: "cilium-linkerd" };
const identity = "default.cilium-linkerd.serviceaccount.identity.linkerd.cluster.local";

test("the recorded proxy counted its client's identity on the application's port, in both modes", () => {
  assert.deepEqual(arrivalOf(recorded("transparent"), 9898, client), { how: "mTLS", identity, count: 4533 });
  assert.deepEqual(arrivalOf(recorded("transport-header"), 9797, client), { how: "mTLS", identity, count: 1 });
  assert.deepEqual(arrivalOf(recorded("transport-header"), 9898, client), { how: "not seen", count: 0 });
});

test("another identity proves nothing", () => {
  assert.equal(arrivalOf(recorded("transparent"), 9898, { ...client, namespace: "other" }).how, "not seen");
  assert.equal(arrivalOf(recorded("transparent"), 9898, { ...client, serviceAccount: "fault" }).how, "not seen");
});

const request = (labels: Record<string, string>, value: number): Sample => ({
  name: "request_total",
  labels: { direction: "inbound", srv_port: "9898", route_name: "default", ...labels },
  value,
});
const secured = request({ tls: "true", client_id: identity }, 5);
const plain = request({ tls: "no_identity" }, 2);

test("a counter that did not rise during the probe proves nothing", () => {
  const before = recorded("transparent");
  assert.deepEqual(increase(before, before), []);
  const after = before.map((sample) =>
    sample.labels.srv_port === "9898" ? { ...sample, value: sample.value + 2 } : sample,
  );
  assert.deepEqual(arrivalOf(increase(before, after), 9898, client), { how: "mTLS", identity, count: 2 });
});

test("counters of a restarted proxy start at zero", () => {
  assert.deepEqual(increase([{ ...secured, value: 100 }], [secured]), [secured]);
});

test("distinguishes plain text from mTLS", () => {
  assert.equal(arrivalOf([plain], 9898, client).how, "plain text");
  assert.equal(arrivalOf([plain, secured], 9898, client).how, "mixed");
  assert.equal(
    arrivalOf([request({ tls: "no_identity", route_name: "probe" }, 9), secured], 9898, client).how,
    "mTLS",
    "the kubelet's probes are none of it",
  );
  assert.equal(
    arrivalOf([{ ...secured, labels: { ...secured.labels, direction: "outbound" } }], 9898, client).how,
    "not seen",
  );
});

test("counts connections if the traffic is not HTTP", () => {
  const connection: Sample = {
    ...secured,
    name: "tcp_open_total",
    labels: { ...secured.labels, peer: "src" },
    value: 1,
  };
  assert.deepEqual(arrivalOf([connection], 9898, client), { how: "mTLS", identity, count: 1 });
  const own = { ...connection, labels: { ...connection.labels, peer: "dst" } };
  assert.equal(arrivalOf([own], 9898, client).how, "not seen", "the proxy's own connection to its application");
});

test("reports traffic as linkerd viz stat does", () => {
  const samples = recorded("transparent");
  const traffic = trafficOf(samples, { port: 9898, identity, probes: 0, seconds: 906.6 });
  assert.ok(traffic);
  assert.equal(traffic.requestsPerSecond.toFixed(1), "5.0");
  assert.equal((traffic.successRate * 100).toFixed(2), "99.98");
  assert.deepEqual(traffic.latency, { p50: 1, p95: 1, p99: 2 });
});

test("leaves meshfence's own probes out of the traffic", () => {
  const responses: Sample[] = [
    { ...secured, name: "response_total", labels: { ...secured.labels, classification: "success" }, value: 2 },
  ];
  assert.equal(trafficOf(responses, { port: 9898, identity, probes: 2, seconds: 5 }), undefined);
  assert.equal(trafficOf(responses, { port: 9898, identity, probes: 1, seconds: 5 })?.requestsPerSecond, 0.2);
});

test("parses quoted and escaped label values", () => {
  const text =
    '# HELP x\n# TYPE request_total counter\nrequest_total{a="x\\"y\\\\z\\nw",b="{,}"} 3 1700000000\nrequest_total 4\nbroken{\n';
  assert.deepEqual(readMetrics(text, new Set(["request_total"])), [
    { name: "request_total", labels: { a: 'x"y\\z\nw', b: "{,}" }, value: 3 },
    { name: "request_total", labels: {}, value: 4 },
  ]);
});
