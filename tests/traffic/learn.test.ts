import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { readManifests } from "../../lib/input/manifests/read";
import { learn } from "../../lib/traffic/learn/learn";
import type { Learned } from "../../lib/traffic/learn/learned";
import { EdgeJudge } from "../../lib/traffic/replay/replay";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { runs } from "../support/runs";
import { anyTraffic, existingPolicies, generated, isForeign, judge, labelled, withoutOneRule } from "./generated";
import { type End, line, nameOf, pod, recordings, trafficOf, world } from "./lines";

for (const mode of ["transparent", "transport-header"]) {
  test(`${mode}: the learned policies admit everything in the recording, and replay confirms it`, async () => {
    const folder = path.join(recordings, mode);
    const traffic = ["phase-0.flows.jsonl.gz", "metrics"].flatMap((name) => ["--traffic", path.join(folder, name)]);
    const written = await meshfenceShared(["learn", ...traffic], { cwd: temporaryDirectory() });
    assert.equal(written.status, 0, written.stderr);
    assert.match(written.stdout, /^# All \d+ edges that passed are allowed with these policies\.$/m);
    const file = path.join(temporaryDirectory(), "learned.yaml");
    writeFileSync(file, written.stdout);
    const replayed = await meshfenceShared(["replay", file, ...traffic, "--format", "json"]);
    assert.deepEqual(JSON.parse(replayed.stdout).denied, [], replayed.stderr);
  });
}

test("in transport-header mode, Linkerd's half tells the ports of a server apart", async () => {
  const folder = path.join(recordings, "transport-header");
  const args = ["phase-0.flows.jsonl.gz", "metrics"].flatMap((name) => ["--traffic", path.join(folder, name)]);
  const { stdout } = await meshfenceShared(["learn", ...args, "--only", "shop/cart"], { cwd: temporaryDirectory() });
  const file = path.join(temporaryDirectory(), "learned.yaml");
  writeFileSync(file, stdout);
  const [frontend, report, cart] = [
    labelled("shop", "frontend", "10.0.0.1", true),
    labelled("ops", "report", "10.0.0.2", true),
    pod("shop", "cart", "10.0.0.3", {
      labels: ["k8s:app.kubernetes.io/name=cart", "k8s:linkerd.io/control-plane-ns=linkerd"],
    }),
  ];
  const named = (end: End, name: string) => ({
    ...end,
    labels: [...(end.labels ?? []), `k8s:app.kubernetes.io/name=${name}`],
  });
  const asked = (account: string, port: number) =>
    `inbound_http_authz_allow_total{target_ip="10.0.0.3",target_port="${port}",tls="true",client_id="${account}.serviceaccount.identity.linkerd.cluster.local"} 1`;
  const flows = [named(frontend, "frontend"), named(report, "report")].map((from) =>
    line({ from, to: cart, port: 4143 }),
  );
  const traffic = temporaryDirectory();
  writeFileSync(path.join(traffic, "flows.jsonl"), flows.join("\n"));
  writeFileSync(
    path.join(traffic, "shop_cart-7d9f8c6b5d-x2x4z.txt"),
    [asked("frontend.shop", 9999), asked("report.ops", 9999)].join("\n"),
  );
  const replayed = await meshfenceShared(["replay", file, "--traffic", traffic, "--format", "json"]);
  const denied: { from: string; to: string; port: number; layer: string }[] = JSON.parse(replayed.stdout).denied;
  assert.deepEqual(
    denied.map(({ from, to, port, layer }) => [from, to, port, layer]),
    [["ops/report", "shop/cart", 9999, "linkerd"]],
    replayed.stderr,
  );
});

const [web, db] = [labelled("shop", "web", "10.0.0.1", false), labelled("shop", "db", "10.0.0.2", false)];

test("changes an existing policy of exactly the workload, and adds no rule for what it admits already", async () => {
  const existing = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: the-db, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [{port: "5432", protocol: TCP}]}]
`;
  const traffic = await trafficOf({ a: [5432, 9187].map((port) => line({ from: web, to: db, port })).join("\n") });
  const learned = learn(traffic, judge(existing), { only: ["shop/db"] });
  assert.deepEqual(
    learned.policies.map(({ manifest, changes }) => [manifest.metadata.name, changes !== undefined]),
    [["the-db", true]],
  );
  const ports = learned.policies[0]?.manifest.spec?.ingress?.flatMap(({ toPorts }) =>
    toPorts?.flatMap(({ ports }) => ports?.map(({ port }) => port)),
  );
  assert.deepEqual(ports, ["5432", "9187"]);
  assert.deepEqual(learned.proof, { edges: 2, allowed: 2, denied: [] });
  const again = learn(
    traffic,
    { ...judge(existing), policies: learned.policies.map(({ manifest }) => manifest) },
    { only: ["shop/db"] },
  );
  assert.deepEqual(again.policies, [], "what was learnt once has nothing more to learn");
});

test("what a policy explicitly denies gets no rule, since none would admit it, and the proof reports it", async () => {
  const deny = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: not-web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]
`;
  const cron = labelled("shop", "cron", "10.0.0.3", false);
  const traffic = await trafficOf({ a: [web, cron].map((from) => line({ from, to: db, port: 5432 })).join("\n") });
  const { policies, proof } = learn(traffic, judge(deny), { only: ["shop/db"] });
  const peers = policies.flatMap(({ manifest }) => manifest.spec?.ingress ?? []).flatMap((rule) => rule.fromEndpoints);
  assert.deepEqual(
    peers.map((peer) => peer?.matchLabels),
    [{ app: "cron" }],
  );
  assert.deepEqual([proof.edges, proof.allowed, proof.denied.map(({ from }) => from)], [2, 1, ["shop/web"]]);
});

test("allows DNS names by name, and very many addresses as blocks", async () => {
  const named = line({
    from: web,
    to: world("93.184.216.34"),
    port: 443,
    more: { destination_names: ["api.example.com"] },
  });
  const many = Array.from({ length: 300 }, (_, n) =>
    line({ from: web, to: world(`198.51.${n % 3}.${n % 200}`), port: 8443 }),
  );
  const learned = learn(await trafficOf({ a: [named, ...many].join("\n") }), judge());
  const egress = learned.policies[0]?.manifest.spec?.egress ?? [];
  assert.deepEqual(
    egress.flatMap(({ toFQDNs = [] }) => toFQDNs),
    [{ matchName: "api.example.com" }],
  );
  assert.deepEqual(
    egress.flatMap(({ toCIDR = [], toCIDRSet = [] }) => [...toCIDR, ...toCIDRSet.map(({ cidr }) => cidr)]).sort(),
    ["198.51.0.0/24", "198.51.1.0/24", "198.51.2.0/24"],
  );
  assert.equal(learned.proof.allowed, learned.proof.edges);
});

test("does not admit what was denied in the recording, and writes no policy for a workload that was not seen", async () => {
  const workload =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: idle, namespace: shop}\nspec: {template: {metadata: {labels: {app: idle}}, spec: {containers: [{name: main}]}}}\n";
  const traffic = await trafficOf({
    a: [line({ from: web, to: db, port: 1 }), line({ from: web, to: db, port: 2, verdict: "DROPPED", event: 5 })].join(
      "\n",
    ),
  });
  const manifests = readManifests([{ file: "all.yaml", text: workload }]);
  const learned = learn(traffic, {
    ...judge(workload),
    workloads: manifests.workloads.map(({ endpoint, kind }) => ({ id: endpoint.id, kind })),
  });
  assert.deepEqual([learned.leftDenied, learned.proof.edges], [1, 1]);
  assert.deepEqual(
    learned.without.filter(({ id }) => id === "shop/idle").map(({ why }) => why),
    ["it was not seen, so it gets no policy"],
  );
});

test("a name that cannot name a policy is a problem with its cause, and its markup stays inert", async () => {
  const file = path.join(temporaryDirectory(), "flows.jsonl");
  const hostile = pod("shop", "x\nkind: Secret\n---\u001b[2J", "10.0.0.9", { labels: ["k8s:app=x\n- evil"] });
  writeFileSync(
    file,
    [line({ from: hostile, to: db, port: 5432 }), line({ from: web, to: db, port: 5432 })].join("\n"),
  );
  const { status, stdout, stderr } = await meshfenceShared(["learn", "--traffic", file]);
  assert.equal(status, 2, stderr);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  assert.doesNotMatch(stdout, /^kind: Secret|\u001b/m);
});

const everything = ["a", "b"]
  .map(
    (namespace) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: everything, namespace: ${namespace}}
spec:
  endpointSelector: {}
  ingress: [{fromEntities: [all]}]
  egress: [{toEntities: [all]}]
`,
  )
  .join("---\n");

test("for any traffic, the learned policies allow all of it, and without any one rule some of it is denied", async () => {
  await fc.assert(
    fc.asyncProperty(anyTraffic, async (input) => {
      const traffic = await generated(input);
      const empty = judge(existingPolicies(input));
      const learned = learn(traffic, empty);
      const covered = traffic.edges.filter((edge) => !isForeign(edge));
      assert.deepEqual([learned.problems, learned.notCovered.length], [[], traffic.edges.length - covered.length]);
      // An explicit deny stays in force, whatever else is allowed.
      const open = new EdgeJudge(traffic, { ...empty, policies: [...empty.policies, ...judge(everything).policies] });
      const denied = covered.filter((edge) => open.judge(edge).state === "denied");
      assert.deepEqual([learned.proof.edges, learned.proof.denied.length], [covered.length, denied.length]);
      const linkerd = learned.authorizations.flatMap(({ objects }) => objects);
      const replaced = new Set(learned.policies.flatMap(({ changes }) => changes ?? []));
      const kept = empty.policies.filter((policy) => !replaced.has(policy));
      const judgeOf = (policies: Learned["policies"], objects = linkerd) =>
        new EdgeJudge(traffic, {
          ...empty,
          authorization: { objects },
          policies: [...kept, ...policies.map(({ manifest }) => manifest)],
        });
      const whole = judgeOf(learned.policies);
      const allowed = covered.filter((edge) => !denied.includes(edge));
      for (const edge of covered)
        assert.equal(whole.judge(edge).state, allowed.includes(edge) ? "allowed" : "denied", nameOf(edge));
      // A Fence cannot express ICMP.
      const ofFence = learned.fence.denied.filter(({ protocol }) => !protocol.startsWith("ICMP"));
      assert.ok(
        ofFence.every(({ from, to }) => denied.some((edge) => edge.from.id === from && edge.to.id === to)),
        JSON.stringify(ofFence),
      );
      const deniesMore = (less: EdgeJudge) => allowed.some((edge) => less.judge(edge).state === "denied");
      for (const { rule, needed, left } of withoutOneRule(learned))
        if (needed) assert.ok(deniesMore(judgeOf(left)), `nothing needs ${rule}`);
      for (const [index, { seen }] of learned.authorizations.entries()) {
        if (seen.length === 0) continue;
        const fewer = learned.authorizations.flatMap(({ objects }, place) =>
          place === index ? objects.filter(({ kind }) => kind !== "AuthorizationPolicy") : objects,
        );
        assert.ok(deniesMore(judgeOf(learned.policies, fewer)), "nothing needs an authorization");
      }
    }),
    { numRuns: runs(12) },
  );
});

test("a peer that a broader one selects on the same port gets no rule of its own", async () => {
  const db = labelled("a", "db", "10.0.0.1", false);
  const node = { ip: "172.18.0.3", reserved: ["remote-node"] };
  const controlPlane = { ip: "172.18.0.4", reserved: ["kube-apiserver", "remote-node"] };
  const ingressOf = async (calls: readonly (readonly [End, number])[]) => {
    const lines = calls.map(([from, port]) => line({ from, to: db, port }));
    const { policies } = learn(await trafficOf({ "flows.jsonl": lines.join("\n") }), judge());
    return policies.map(({ manifest, evidence }) => [
      manifest.spec?.ingress?.map((rule) => rule.fromEntities),
      evidence.map(({ seen }) => seen.length),
    ]);
  };
  for (const calls of [
    [[node, 80] as const, [controlPlane, 80] as const],
    [[controlPlane, 80] as const, [node, 80] as const],
  ])
    assert.deepEqual(await ingressOf(calls), [[[["remote-node"]], [2]]]);
  assert.deepEqual(
    await ingressOf([
      [node, 80],
      [controlPlane, 81],
    ]),
    [
      [
        [["kube-apiserver"], ["remote-node"]],
        [1, 1],
      ],
    ],
  );
});

test("an existing Server gets one more authorization, and no second Server", async () => {
  const folder = path.join(recordings, "transport-header");
  const traffic = ["phase-0.flows.jsonl.gz", "metrics"].flatMap((name) => ["--traffic", path.join(folder, name)]);
  const there = [path.join(recordings, "linkerd.yaml")];
  const { stdout, status, stderr } = await meshfenceShared([
    "learn",
    ...there,
    ...traffic,
    "--only",
    "shop/cart",
    "--format",
    "json",
  ]);
  const { authorizations }: Learned = JSON.parse(stdout);
  const objects = authorizations.flatMap(({ objects }) => objects) as {
    kind: string;
    metadata: { name: string };
    spec: { identityRefs?: object[]; targetRef?: { name: string } };
  }[];
  const more = objects.filter(({ metadata }) => metadata.name === "cart-http-learned");
  assert.deepEqual(
    more.map(({ kind, spec }) => [kind, spec.targetRef?.name]),
    [
      ["MeshTLSAuthentication", undefined],
      ["AuthorizationPolicy", "cart-http"],
    ],
  );
  assert.deepEqual(more[0]?.spec.identityRefs, [{ kind: "ServiceAccount", name: "reporter", namespace: "ops" }]);
  assert.ok(
    !objects.some(({ kind, metadata }) => kind === "Server" && metadata.name === "cart-9898"),
    "9898 has a Server",
  );
  // A client without a proxy has no account that a Server could admit, and that is reported.
  assert.deepEqual(
    [status, JSON.parse(stdout).proof.denied.map(({ from }: { from: string }) => from)],
    [1, ["plain/legacy"]],
    stderr,
  );
});

test("where proxies report the ports of some clients only, no Server refuses the others", async () => {
  const folder = path.join(recordings, "transport-header");
  const proxies = path.join(folder, "metrics");
  const clients = readdirSync(proxies).filter((file) => file.startsWith("shop_frontend"));
  const files = [path.join(folder, "phase-0.flows.jsonl.gz"), ...clients.map((file) => path.join(proxies, file))];
  const { stdout, stderr } = await meshfenceShared(
    ["learn", "--format", "json", "--only", "shop", ...files.flatMap((file) => ["--traffic", file])],
    { cwd: temporaryDirectory() },
  );
  const { proof, without }: Pick<Learned, "proof" | "without"> = JSON.parse(stdout);
  assert.deepEqual([proof.denied, proof.allowed], [[], proof.edges], stderr);
  assert.ok(
    without.some(({ why }) => /no Server for port 9797, because ops\/report may call it/.test(why)),
    JSON.stringify(without),
  );
});

test("--only describes an edge of a deleted pod as what it may be, and an unknown name is an error", async () => {
  const prometheus = labelled("ops", "prometheus", "10.0.0.9", false);
  const file = path.join(temporaryDirectory(), "flows.jsonl");
  const lines = [
    line({ from: web, to: db, port: 5432 }),
    line({ from: prometheus, to: world("10.0.0.77"), port: 4191 }),
    line({ from: web, to: world("10.0.0.78"), port: 80 }),
  ];
  writeFileSync(file, lines.join("\n"));
  const learned = (...only: string[]) =>
    meshfenceShared(["learn", "--traffic", file, ...only.flatMap((name) => ["--only", name])], {
      cwd: temporaryDirectory(),
    });
  const ofDb = await learned("shop/db");
  assert.equal(ofDb.status, 0, ofDb.stderr);
  assert.match(
    ofDb.stdout,
    /^# 2 edges of a pod that is gone, and that these policies may block if it was one of these workloads:$/m,
  );
  assert.doesNotMatch(ofDb.stdout, /no policy can be written for/);
  const ofWeb = await learned("shop/web");
  assert.match(
    ofWeb.stdout,
    /^# 1 edge that no policy can be written for, and that these policies may block:\n# {3}shop\/web → a pod/m,
  );
  assert.match(ofWeb.stdout, /^# 1 edge of a pod that is gone.*\n# {3}ops\/prometheus → a pod/m);
  const cwd = temporaryDirectory();
  writeFileSync(path.join(cwd, "shop.yaml"), "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n");
  for (const command of ["learn", "rollout"]) {
    const { status, stderr } = await meshfenceShared([command, "--traffic", file, "--only", "shop/dv"], { cwd });
    assert.deepEqual(
      [status, /--only shop\/dv: neither .*; did you mean "shop\/db"\?/.test(stderr)],
      [2, true],
      stderr,
    );
  }
});
