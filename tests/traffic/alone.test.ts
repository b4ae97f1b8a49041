import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { recordings, trafficOf } from "./lines";
import { calls, cutBetween, type Row, replay } from "./replayed";

/** The workloads with a proxy. Proxies know nothing about the others. */
const isMeshed = (call: string) => /^(shop\/(cart|catalog|redis|frontend)|ops\/report) /.test(call);

for (const mode of ["transparent", "transport-header"] as const) {
  const folder = path.join(recordings, mode);
  const manifests = [path.join(recordings, "workloads.yaml"), path.join(folder, "cilium.yaml")];
  const ofPhase1 = cutBetween(mode, "0", "1");

  test(`${mode}: Hubble alone names everything that was denied, without the port where 4143 hides it`, async () => {
    const report = await replay(...manifests, "--traffic", path.join(folder, "phase-0.flows.jsonl.gz"));
    const hidden = (call: string) =>
      mode === "transport-header" && call === "ops/report -> shop/catalog 9898"
        ? "ops/report -> shop/catalog unknown"
        : call;
    assert.deepEqual(calls(report.denied), ofPhase1.map(hidden).sort());
  });

  test(`${mode}: Prometheus alone names what was denied of meshed clients, and leaves the others open`, async () => {
    const args = [...manifests, "--traffic", path.join(folder, "prometheus.json.gz")];
    const report = await replay(...args, "--transport-mode", mode);
    assert.deepEqual(calls(report.denied), ofPhase1.filter(isMeshed));
    const open = new Set(report.unknown.map(({ from, to, port }) => `${from} -> ${to} ${port}`));
    const nameless = ofPhase1
      .filter((call) => !isMeshed(call) && !call.includes("-> shop/db"))
      .map((call) => call.replace(/^\S+/, "clients without a proxy"));
    assert.ok(nameless.length >= 3 && nameless.every((call) => open.has(call)), [...open].join("\n"));
    assert.ok(
      report.blind.some((one) => /^It comes from proxies only/.test(one)),
      report.blind.join("\n"),
    );
    const gate = await meshfenceShared(["replay", ...args, "--fail-on", "would-deny"]);
    assert.equal(gate.status, 1, gate.stderr);
    // The mode is unknown, and what depends on it is not guessed.
    const guessed = await replay(...args);
    assert.deepEqual(
      calls(guessed.denied).filter((call) => !ofPhase1.includes(call)),
      [],
    );
    assert.ok(guessed.unknown.some(({ by }) => /--transport-mode/.test(by.join())));
  });
}

test("an account of several workloads is decided if each of them is, and nothing is learned for it", async () => {
  const folder = temporaryDirectory();
  const workload = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}, annotations: {linkerd.io/inject: enabled}}
    spec: {containers: [{name: main, image: main, ports: [{containerPort: 8080}]}]}
---
`;
  const admitting = (apps: readonly string[]) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: server, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: server}}
  ingress:
  - fromEndpoints: [${apps.map((app) => `{matchLabels: {app: ${app}}}`).join(", ")}]
`;
  const series = `inbound_http_authz_allow_total{target_ip="10.0.0.9",target_port="8080",tls="true",client_id="default.shop.serviceaccount.identity.linkerd.cluster.local"} 4`;
  const metrics = path.join(folder, "shop_server-7d9f8c6b5d-x2x4z.txt");
  writeFileSync(metrics, series);
  const manifests = path.join(folder, "all.yaml");
  const state = async (apps: readonly string[]) => {
    writeFileSync(manifests, ["one", "two", "server"].map(workload).join("") + admitting(apps));
    const report = await replay(manifests, "--traffic", metrics, "--transport-mode", "transparent");
    return report.denied.length > 0 ? "denied" : report.unknown.length > 0 ? report.unknown[0]?.by.join() : "allowed";
  };
  assert.equal(await state(["one", "two", "server"]), "allowed");
  assert.equal(await state(["nobody"]), "denied");
  assert.match((await state(["one"])) ?? "", /^which of shop\/one, shop\/server, shop\/two it was/);
  const learnt = await meshfenceShared(["learn", manifests, "--traffic", metrics, "--transport-mode", "transparent"]);
  assert.match(learnt.stdout, /3 workloads run under this account, and nothing tells which of them it was/);
});

test("an exporter's file from after the policies shows what they denied, and since when", async () => {
  const folder = path.join(recordings, "transparent");
  const report = await replay(path.join(folder, "cilium.yaml"), "--traffic", path.join(folder, "exporter.log.gz"));
  assert.deepEqual(calls(report.denied), cutBetween("transparent", "0", "1"));
  const since = report.denied.filter((row: Row) => row.was === "passed").map((row: Row) => row.deniedSince);
  assert.ok(since.length > 0 && since.every((time) => time?.startsWith("2026-11-26T03:5")), JSON.stringify(since));
});

test("agent events in an exporter's file show who owned the address of a deleted pod", async () => {
  const packed = readFileSync(path.join(recordings, "transport-header", "exporter.log.gz"));
  const lines = gunzipSync(packed).toString().trim().split("\n");
  const gone = async (kept: readonly string[]) => {
    const { edges } = await trafficOf({ "events.log": kept.join("\n") });
    return edges.flatMap(({ from, to }) => [from, to]).filter(({ kind }) => kind === "gone").length;
  };
  const flows = lines.filter((one) => !one.includes('{"agent_event"'));
  const toGone = flows.filter((one) => one.includes('"reserved:world"') && one.includes('"destination_port":4191'));
  const first = flows[0] ?? "";
  assert.ok(toGone.length > 0 && (await gone([first, ...toGone])) > 0, "without them it is not known");
  assert.equal(await gone(lines), 0);
});
