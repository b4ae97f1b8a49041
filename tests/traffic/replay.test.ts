import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { line, pod, recordings, world } from "./lines";
import { calls, cutBetween, type Row, replay } from "./replayed";

for (const mode of ["transparent", "transport-header"]) {
  const folder = path.join(recordings, mode);
  const traffic = ["phase-0.flows.jsonl.gz", "metrics"].flatMap((name) => ["--traffic", path.join(folder, name)]);

  test(`${mode}: for traffic from before there were policies, replay names what they denied later`, async () => {
    const cut = cutBetween(mode, "0", "1");
    assert.ok(cut.length >= 7, cut.join("\n"));
    const report = await replay(path.join(folder, "cilium.yaml"), ...traffic);
    assert.deepEqual(calls(report.denied), cut);
    // Nothing listens there, so its clients cannot tell the difference.
    assert.deepEqual(
      report.denied.filter(({ to }) => !to.includes("/")).map(({ from, to, port }) => `${from} -> ${to} ${port}`),
      ["shop/frontend -> 192.0.2.10 443"],
    );
    assert.ok(
      report.denied.every(
        ({ layer, was, flows, by }) => layer === "cilium" && was === "passed" && flows > 0 && by.length > 0,
      ),
    );
    assert.match(
      report.summary,
      new RegExp(
        `^This change would have denied ${report.denied.length} of ${report.edges} edges seen in 2\\.\\d minutes$`,
      ),
    );
  });

  test(`${mode}: names what Linkerd's proxies refused later, with their layer`, async () => {
    const report = await replay(path.join(folder, "cilium.yaml"), path.join(recordings, "linkerd.yaml"), ...traffic);
    assert.deepEqual(calls(report.denied), cutBetween(mode, "0", "3"));
    assert.deepEqual(
      report.denied.filter(({ layer }) => layer === "linkerd").map(({ from, to, port, by }) => [from, to, port, by]),
      [["ops/report", "shop/cart", 9898, ["no authorization (Server cart-http)"]]],
    );
  });

  test(`${mode}: what audit mode let through is what enforcement then denies`, async () => {
    const report = await replay(
      path.join(folder, "cilium.yaml"),
      "--traffic",
      path.join(folder, "phase-2.flows.jsonl.gz"),
      "--traffic",
      path.join(folder, "metrics"),
    );
    assert.deepEqual(calls(report.denied), cutBetween(mode, "2", "1"));
    assert.deepEqual([...new Set(report.denied.map(({ was }) => was))], ["audited"]);
  });
}

test("what was already denied in the recording is shown apart, and does not fail a gate", async () => {
  const folder = path.join(recordings, "transparent");
  const args = ["replay", path.join(folder, "cilium.yaml"), "--traffic"];
  const gate = ["--fail-on", "would-deny", "--allow-unseen"];
  const before = await meshfenceShared([...args, path.join(folder, "phase-0.flows.jsonl.gz"), ...gate]);
  assert.deepEqual([before.status, /--fail-on would-deny: found/.test(before.stderr)], [1, true]);
  const steady = [
    pod("plain", "stranger", "10.0.0.1"),
    pod("shop", "db", "10.0.0.2", { labels: ["k8s:app.kubernetes.io/name=db"] }),
  ] as const;
  const file = path.join(temporaryDirectory(), "denied.jsonl");
  writeFileSync(file, line({ from: steady[0], to: steady[1], port: 5432, verdict: "DROPPED", event: 5 }));
  const during = await meshfenceShared([...args, file, ...gate]);
  assert.deepEqual([during.status, during.stderr], [0, ""]);
  assert.match(during.stdout, /denied none of 1 edge seen.*\n.*1 denied then, too/);
});

const policy = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [{port: "5432", protocol: TCP}, {port: "9187", protocol: TCP}]}]
`;
const workload = (name: string, ports: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: main, ports: [${ports}]}]}
`;
const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];

function written(lines: readonly string[], manifests = policy): { manifests: string; traffic: string } {
  const folder = temporaryDirectory();
  const files = { manifests: path.join(folder, "all.yaml"), traffic: path.join(folder, "flows.jsonl") };
  writeFileSync(files.manifests, manifests);
  writeFileSync(files.traffic, lines.join("\n"));
  return files;
}

test("reports allowed edges that nobody used, with their policy, and workloads that were not seen at all", async () => {
  const manifests = [
    policy,
    workload("web", ""),
    workload("db", "{containerPort: 5432}, {containerPort: 9187}"),
    workload("idle", ""),
  ].join("");
  const files = written([line({ from: web, to: db, port: 5432 })], manifests);
  const report = await replay(files.manifests, "--traffic", files.traffic);
  assert.deepEqual(
    report.unused.map(({ from, to, port, by }) => [from, to, port, by]),
    [["shop/web", "shop/db", 9187, ["db (ingress)"]]],
  );
  assert.deepEqual(report.addedByTraffic, []);
  assert.ok(
    report.blind.some((one) => /Nothing was seen of shop\/idle/.test(one)),
    report.blind.join("\n"),
  );
});

test("where 4143 hides the port and Servers tell ports apart, the port is unknown and nothing is decided", async () => {
  const folder = path.join(recordings, "transport-header");
  const report = await replay(
    path.join(folder, "cilium.yaml"),
    path.join(recordings, "linkerd.yaml"),
    "--traffic",
    path.join(folder, "phase-0.flows.jsonl.gz"),
  );
  const unknown = report.unknown.filter(({ to }) => to === "shop/cart");
  assert.deepEqual(unknown.map(({ from, port, layer }) => [from, port, layer]).sort(), [
    ["ops/report", "unknown", "linkerd"],
    ["shop/frontend", "unknown", "linkerd"],
  ]);
});

test("a deleted pod is not decided, and a gate does not ignore it", async () => {
  const files = written([
    line({ from: web, to: db, port: 5432 }),
    line({ from: web, to: world("10.0.0.9"), port: 80 }),
  ]);
  const args = ["replay", files.manifests, "--traffic", files.traffic, "--fail-on", "would-deny"];
  const shut = await meshfenceShared(args);
  assert.equal(shut.status, 2);
  assert.match(shut.stderr, /1 edge of the traffic could not be decided/);
  assert.equal((await meshfenceShared([...args, "--allow-unseen"])).status, 0);
});

test("reports lost and nameless traffic, and it fails a gate", async () => {
  const lost = JSON.stringify({
    lost_events: { source: "HUBBLE_RING_BUFFER", num_events_lost: "1193" },
    time: "2026-11-26T10:00:00Z",
  });
  const status = JSON.stringify({ node_status: { state_change: "NODE_UNAVAILABLE", node_names: ["worker-7"] } });
  const nameless = line({ from: web, to: { ip: "10.9.9.9", reserved: ["unknown"] }, port: 80 });
  for (const [more, gate, blind] of [
    [lost, /1,193 events of the traffic were lost/, /^1,193 events were lost/],
    [status, /1 line told of nodes of which nothing was heard \(worker-7\)/, /worker-7/],
    [nameless, /1 line told of an end that Hubble could not name/, /^Skipped: 1 line: an end/],
  ] as const) {
    const files = written([line({ from: web, to: db, port: 5432 }), more]);
    const args = ["replay", files.manifests, "--traffic", files.traffic];
    const shut = await meshfenceShared([...args, "--fail-on", "would-deny"]);
    assert.deepEqual([shut.status, gate.test(shut.stderr)], [2, true], shut.stderr);
    assert.equal((await meshfenceShared([...args, "--fail-on", "would-deny", "--allow-unseen"])).status, 0);
    const report = await replay(...args.slice(1));
    assert.ok(
      report.blind.some((one) => blind.test(one)),
      report.blind.join("\n"),
    );
  }
});

test("judges an address by the DNS names that resolved to it", async () => {
  const egress = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  egress:
  - toFQDNs: [{matchName: api.example.com}]
`;
  const to = (ip: string, name: string) =>
    line({ from: web, to: world(ip), port: 443, more: { destination_names: [name] } });
  const files = written([to("93.184.216.34", "api.example.com"), to("93.184.216.35", "evil.example.com")], egress);
  const report = await replay(files.manifests, "--traffic", files.traffic);
  assert.deepEqual(
    report.denied.map((row) => row.to),
    ["evil.example.com (93.184.216.35)"],
  );
});

test("names from traffic stay inert in a terminal and in a page", async () => {
  const hostile = "\u001b]8;;https://evil\u0007`|<img>\u202e\n::error::";
  const files = written([line({ from: pod("shop", hostile, "10.0.0.3"), to: db, port: 22 })]);
  const text = await meshfenceShared(["replay", files.manifests, "--traffic", files.traffic]);
  assert.ok(text.stdout.includes("shop/\\x1b]8;;https://evil"), text.stdout);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  assert.doesNotMatch(text.stdout, /[\u001b\u0007\u202e]|^::error/m);
  const page = await meshfenceShared(["replay", files.manifests, "--traffic", files.traffic, "--format", "markdown"]);
  assert.doesNotMatch(page.stdout, /[^\\]<img|^::error/m);
});

test("an invalid command line, an unreadable recording and an empty one exit with 2", async () => {
  const files = written([]);
  for (const args of [
    ["replay", files.manifests],
    ["replay", files.manifests, "--traffic", "/nonexistent"],
    ["replay", files.manifests, "--traffic", files.traffic],
    ["replay", files.manifests, "--traffic", files.traffic, "--fail-on", "opened"],
  ]) {
    const { status, stderr } = await meshfenceShared(args);
    assert.deepEqual([status, stderr !== ""], [2, true], args.join(" "));
  }
});

test("diff shows the traffic that a change would have denied, without what was denied already", async () => {
  const strict = policy.replace("web}}]", "api}}]");
  const was = written([
    line({ from: web, to: db, port: 5432 }),
    line({ from: pod("shop", "stranger", "10.0.0.9"), to: db, port: 5432 }),
  ]);
  const is = written([], strict);
  const args = ["diff", was.manifests, is.manifests, "--traffic", was.traffic];
  const text = await meshfenceShared(args);
  assert.match(text.stdout, /^This change would have denied 1 of 2 edges seen/m, text.stderr);
  const gate = await meshfenceShared([...args, "--fail-on", "would-deny", "--format", "json"]);
  assert.deepEqual(
    [gate.status, JSON.parse(gate.stdout).traffic.denied.map((row: Row) => row.from)],
    [1, ["shop/web"]],
  );
  const page = await meshfenceShared([...args, "--format", "markdown"]);
  assert.match(
    page.stdout,
    /### This change would have denied 1 of 2 edges seen[\s\S]*\| `shop\/web` \| `shop\/db` \| TCP 5432 \|/,
  );
  const back = await meshfenceShared([
    "diff",
    is.manifests,
    was.manifests,
    "--traffic",
    was.traffic,
    "--fail-on",
    "would-deny",
  ]);
  assert.equal(back.status, 0, back.stderr);
  const gone = written([
    line({ from: web, to: db, port: 5432 }),
    line({ from: web, to: world("10.0.0.77"), port: 80 }),
  ]);
  const gated = (to: string) =>
    meshfenceShared(["diff", was.manifests, to, "--traffic", gone.traffic, "--fail-on", "would-deny"]);
  const wider = written([], policy.replace("web}}]", "web}}, {matchLabels: {app: api}}]"));
  const undecided = await gated(wider.manifests);
  assert.deepEqual(
    [undecided.status, /1 edge of the traffic could not be decided/.test(undecided.stderr)],
    [2, true],
    "an edge to a pod that is gone may be what the change cuts",
  );
  assert.equal((await gated(was.manifests)).status, 0, "where no policy changes it is not");
  const without = await meshfenceShared(["diff", was.manifests, is.manifests, "--fail-on", "would-deny"]);
  assert.deepEqual([without.status, without.stderr], [2, "--fail-on would-deny needs --traffic\n"]);
});

test("what the manifests name and nobody sees is counted in the first line, and fails a gate", async () => {
  const chart =
    "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\nspec: {chart: {spec: {chart: web}}}\n";
  const files = written([line({ from: web, to: db, port: 5432 })], policy + chart);
  const args = ["replay", files.manifests, "--traffic", files.traffic];
  assert.match(
    (await meshfenceShared(args)).stdout,
    /^This change would have denied none of 1 edge seen.* · 1 object not seen$/m,
  );
  assert.equal((await meshfenceShared([...args, "--fail-on", "would-deny"])).status, 2);
  assert.equal((await meshfenceShared([...args, "--fail-on", "would-deny", "--allow-unseen"])).status, 0);
});

test("an outside edge is used by the addresses of its block, and an API server only by its own address", async () => {
  const cwd = temporaryDirectory();
  const rule = (peer: string) => `{${peer}, toPorts: [{ports: [{port: "443", protocol: TCP}]}]}`;
  const egress = ["toCIDR: [203.0.113.0/24]", "toCIDR: [198.51.100.0/24]", "toEntities: [kube-apiserver]"];
  writeFileSync(
    path.join(cwd, "all.yaml"),
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main}]}}}
---
apiVersion: v1
kind: Endpoints
metadata: {name: kubernetes, namespace: default}
subsets: [{addresses: [{ip: 192.0.2.99}], ports: [{name: https, port: 443}]}]
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: web}}, egress: [${egress.map(rule).join(", ")}]}
`,
  );
  const web = pod("shop", "web", "10.0.0.1");
  writeFileSync(path.join(cwd, "flows.jsonl"), line({ from: web, to: world("203.0.113.7"), port: 443 }));
  const { unused } = await replay(path.join(cwd, "all.yaml"), "--traffic", path.join(cwd, "flows.jsonl"));
  assert.deepEqual(
    unused.map(({ to, port }) => `${to} ${port}`),
    ["kube-apiserver 443", "198.51.100.0/24 443"],
  );
});
