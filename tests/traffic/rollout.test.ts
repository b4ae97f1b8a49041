import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Command } from "commander";
import { learnCommand } from "../../lib/cli/commands/learn";
import { withClusterOptions } from "../../lib/cli/options/input";
import { withTrafficOption } from "../../lib/cli/options/traffic";

import { writtenOptions } from "../../lib/cli/options/written";
import { shellQuoted } from "../../lib/common/shell-quoted";
import { nextStepOf } from "../../lib/traffic/rollout/next-step";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { line, pod, recordings } from "./lines";

interface Document {
  workloads: {
    workload: string;
    steps: { half: string; stage: string; wouldDeny: { edge: string }[]; policies: string[] }[];
    next?: { what: string; command?: string };
  }[];
}

async function stagesOf(manifests: string, traffic: readonly string[], ...more: string[]) {
  const folder = temporaryDirectory();
  const files = { manifests: path.join(folder, "all.yaml"), traffic: path.join(folder, "flows.jsonl") };
  writeFileSync(files.manifests, manifests);
  writeFileSync(files.traffic, traffic.join("\n"));
  const args = ["rollout", files.manifests, "--traffic", files.traffic, "--format", "json", ...more];
  const { stdout, stderr } = await meshfenceShared(args);
  assert.ok(stdout !== "", stderr);
  const { workloads } = JSON.parse(stdout) as Document;
  return {
    stages: Object.fromEntries(workloads.map(({ workload, steps }) => [workload, steps.map(({ stage }) => stage)])),
    next: Object.fromEntries(workloads.map(({ workload, next }) => [workload, next])),
  };
}

const [web, db, stranger] = [
  pod("shop", "web", "10.0.0.1"),
  pod("shop", "db", "10.0.0.2"),
  pod("shop", "stranger", "10.0.0.3"),
];
const policy = (more = "") => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [{port: "5432", protocol: TCP}]}]
${more}`;
const loose = policy("  enableDefaultDeny: {ingress: false}\n");
const at = (day: number) => `2026-11-${10 + day}T10:00:00Z`;
const good = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((day) => line({ from: web, to: db, port: 5432, time: at(day) }));
const bad = (day: number) => line({ from: stranger, to: db, port: 5432, time: at(day) });

test("a workload goes from no policy to observed, to ready after days without a would-be denial, to enforced", async () => {
  const none = await stagesOf("", good);
  assert.deepEqual(none.stages["shop/db"], ["none", "none"]);
  assert.match(none.next["shop/db"]?.command ?? "", /meshfence learn .* --only shop\/db --observe$/);

  const young = await stagesOf(loose, good.slice(0, 1));
  assert.deepEqual(young.stages["shop/db"], ["observed", "none"]);
  assert.match(young.next["shop/db"]?.what ?? "", /^keep watching/);

  const denied = await stagesOf(loose, [...good, bad(7)]);
  assert.deepEqual(denied.stages["shop/db"], ["observed", "none"]);
  assert.match(
    denied.next["shop/db"]?.what ?? "",
    /^admit shop\/stranger → shop\/db TCP 5432 \(ingress\), or stop it$/,
  );

  const ready = await stagesOf(loose, [...good, bad(0)]);
  assert.deepEqual(
    ready.stages["shop/db"],
    ["ready", "none"],
    "a denial that is older than the days that were asked for",
  );
  assert.match(
    ready.next["shop/db"]?.command ?? "",
    /^kubectl --namespace shop patch ciliumnetworkpolicy db .*"enableDefaultDeny":\{"ingress":true\}/,
  );
  assert.deepEqual((await stagesOf(loose, [...good, bad(0)], "--days", "9")).stages["shop/db"], ["observed", "none"]);
  const ends = await stagesOf(loose, [good[0] ?? "", good[8] ?? ""]);
  assert.deepEqual(ends.stages["shop/db"], ["observed", "none"], "between two days nobody watched");
  assert.match(
    ends.next["shop/db"]?.what ?? "",
    /^keep watching: nothing would be denied, but only 2 of 7 days were recorded$/,
  );

  const enforced = await stagesOf(policy(), good);
  assert.deepEqual(enforced.stages["shop/db"], ["enforced", "none"]);
});

test("a workload that the agent audits is observed, although its policies look enforced", async () => {
  const args = ["rollout", path.join(recordings, "transparent", "cilium.yaml"), "--traffic"];
  const stages = async (phase: number) => {
    const { stdout } = await meshfenceShared([
      ...args,
      path.join(recordings, "transparent", `phase-${phase}.flows.jsonl.gz`),
      "--only",
      "shop",
      "--format",
      "json",
    ]);
    const { workloads } = JSON.parse(stdout) as Document;
    return workloads.find(({ workload }) => workload === "shop/frontend")?.steps.map(({ stage }) => stage);
  };
  assert.deepEqual(await stages(2), ["observed", "observed", "none"]);
  assert.deepEqual(await stages(1), ["enforced", "enforced", "none"]);
});

test("what learn --observe writes denies nothing, and counts as observed", async () => {
  const folder = temporaryDirectory();
  const traffic = path.join(folder, "flows.jsonl");
  writeFileSync(traffic, [...good, bad(8)].join("\n"));
  const { stdout } = await meshfenceShared(["learn", "--traffic", traffic, "--observe", "--only", "shop/db"], {
    cwd: folder,
  });
  assert.match(stdout, /enableDefaultDeny:\n {4}ingress: false/);
  assert.deepEqual((await stagesOf(stdout, good)).stages["shop/db"], ["ready", "none"]);
});

test("Servers in audit are Linkerd's half of a rollout, and what they would refuse is reported", async () => {
  const args = [path.join(recordings, "transparent", "cilium.yaml"), path.join(recordings, "linkerd.yaml")];
  const traffic = ["--traffic", path.join(recordings, "transparent", "phase-0.flows.jsonl.gz")];
  const { stdout } = await meshfenceShared(["rollout", ...args, ...traffic, "--only", "shop", "--format", "json"]);
  const { workloads } = JSON.parse(stdout) as Document;
  const ofCatalog = workloads
    .find(({ workload }) => workload === "shop/catalog")
    ?.steps.find(({ half }) => half === "linkerd");
  assert.deepEqual([ofCatalog?.stage, ofCatalog?.policies], ["observed", ["shop/catalog-http"]]);
  assert.ok(ofCatalog?.wouldDeny.some(({ edge }) => edge === "shop/frontend → shop/catalog TCP 9898"));
});

test("where Cilium enforces and 4143 hides the ports, Linkerd's half is the next step", async () => {
  const folder = path.join(recordings, "transport-header");
  const args = ["rollout", path.join(folder, "cilium.yaml"), "--traffic", path.join(folder, "phase-1.flows.jsonl.gz")];
  const { stdout } = await meshfenceShared([...args, "--only", "shop", "--format", "json"]);
  const { workloads } = JSON.parse(stdout) as Document;
  const cart = workloads.find(({ workload }) => workload === "shop/cart");
  assert.deepEqual(
    cart?.steps.map(({ stage }) => stage),
    ["enforced", "enforced", "none"],
  );
  assert.match(cart?.next?.what ?? "", /^tell its ports apart: to Cilium they are all 4143/);
  assert.match(cart?.next?.command ?? "", /^meshfence learn .* --only shop\/cart --observe$/);
  const frontend = workloads.find(({ workload }) => workload === "shop/frontend");
  assert.equal(frontend?.next, undefined, "nobody came to it on 4143");
});

test("prints every format, and quotes commands for the shell", async () => {
  const args = [
    "rollout",
    path.join(recordings, "transparent", "cilium.yaml"),
    "--traffic",
    path.join(recordings, "transparent", "phase-1.flows.jsonl.gz"),
  ];
  assert.match(
    (await meshfenceShared([...args])).stdout,
    /^\d+ of \d+ workloads enforced in both directions[\s\S]*\nWhat the traffic cannot tell\n {2}The recording covers [\d.]+ (minutes|seconds)/,
  );
  assert.match((await meshfenceShared([...args, "--format", "markdown"])).stdout, /^### \d+ of \d+ workloads/);
  const empty = path.join(temporaryDirectory(), "flows.jsonl");
  writeFileSync(empty, "");
  const nothing = await meshfenceShared(["rollout", path.join(recordings, "linkerd.yaml"), "--traffic", empty]);
  assert.deepEqual([nothing.status, /contains no traffic between endpoints/.test(nothing.stderr)], [2, true]);
  assert.equal(shellQuoted("a'; rm -rf $HOME"), "'a'\\''; rm -rf $HOME'");
});

test("the printed commands read the same files, credentials, program and cluster", async () => {
  const folder = temporaryDirectory();
  const [files, traffic] = [path.join(folder, "all.yaml"), path.join(folder, "flows.jsonl")];
  writeFileSync(files, "");
  writeFileSync(traffic, good.join("\n"));
  const repeated = [
    "--traffic",
    traffic,
    "--traffic-auth",
    "my auth.yaml",
    "--for",
    "2h",
    "-n",
    "shop",
    "--max-size",
    "9",
  ];
  const own = ["--days", "3", "--show-outside", "--only", "shop/db", "--format", "json"];
  const { stdout, stderr } = await meshfenceShared(["rollout", files, ...repeated, ...own]);
  assert.ok(stdout !== "", stderr);
  const { workloads } = JSON.parse(stdout) as Document;
  assert.equal(
    workloads[0]?.next?.command,
    `meshfence learn ${files} --traffic ${traffic} --traffic-auth 'my auth.yaml' --for 2h --namespace shop --max-size 9 --only shop/db --observe`,
  );
  const program = new Command().argument("[files...]").option("--days <n>");
  withClusterOptions(withTrafficOption(program));
  const words = writtenOptions(program, learnCommand());
  const live = ["--traffic=https://me:secret@grafana.example", "--context", "prod", "--kubeconfig", "k", "--days", "3"];
  await program.action(() => {}).parseAsync(live, { from: "user" });
  assert.deepEqual(words(), ["--traffic", "https://grafana.example", "--context", "prod", "--kubeconfig", "k"]);
});

test("a command that changes the cluster changes the one that was read", () => {
  const ready = { half: "ingress", stage: "ready", wouldDeny: [], policies: ["shop/db"] } as const;
  const server = { ...ready, half: "linkerd", policies: ["shop/db-5432"] } as const;
  for (const step of [ready, server]) {
    const standing = {
      workload: "shop/db",
      edges: 1,
      steps: [{ ...step, wouldDeny: [], policies: [...step.policies] }],
    };
    const report = { days: 7, workloads: [standing], blind: [] };
    const commandFor = (cluster: { context: string | undefined; kubeconfig: string | undefined }) =>
      nextStepOf(standing, report, { files: [], options: [], cluster })?.command ?? "";
    assert.match(
      commandFor({ context: "prod", kubeconfig: "my config" }),
      /^kubectl --kubeconfig 'my config' --context prod --namespace shop patch /,
    );
    assert.match(commandFor({ context: undefined, kubeconfig: undefined }), /^kubectl --namespace shop patch /);
  }
});

const meshed = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}, annotations: {linkerd.io/inject: enabled}}
    spec: {serviceAccountName: ${name}, containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
`;
const authorized = (spec: string) =>
  [
    meshed("cart"),
    meshed("web"),
    meshed("job"),
    "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: http, namespace: shop}, spec: {podSelector: {matchLabels: {app: cart}}, port: 8080, accessPolicy: audit}}",
    `{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: web, namespace: shop}, spec: ${spec}}`,
  ].join("\n---\n");
const onServer = authorized(
  "{targetRef: {group: policy.linkerd.io, kind: Server, name: http}, requiredAuthenticationRefs: [{kind: ServiceAccount, name: web}]}",
);
/** With a route, admission depends on the request, which recordings do not contain. */
const onRoute = `${authorized(
  "{targetRef: {group: policy.linkerd.io, kind: HTTPRoute, name: api}, requiredAuthenticationRefs: [{kind: ServiceAccount, name: web}]}",
)}\n---\n{apiVersion: policy.linkerd.io/v1beta3, kind: HTTPRoute, metadata: {name: api, namespace: shop}, spec: {parentRefs: [{group: policy.linkerd.io, kind: Server, name: http}], rules: [{matches: [{path: {value: /api}}]}]}}`;

/** The counters of the cart's proxy in Prometheus over eight days. */
async function linkerdHalfOf(manifests: string, ...counters: Record<string, string>[]) {
  const folder = temporaryDirectory();
  const [files, traffic] = [path.join(folder, "all.yaml"), path.join(folder, "prometheus.json")];
  writeFileSync(files, manifests);
  const result = counters.map((labels) => ({
    metric: {
      ...{ __name__: "inbound_http_authz_allow_total", namespace: "shop", deployment: "cart", target_port: "8080" },
      ...labels,
    },
    values: [0, 8].map((day) => [Date.parse(at(day)) / 1000, String(day * 5)]),
  }));
  writeFileSync(traffic, JSON.stringify({ data: { resultType: "matrix", result } }));
  const { stdout, stderr } = await meshfenceShared(["rollout", files, "--traffic", traffic, "--format", "json"]);
  assert.ok(stdout !== "", stderr);
  const { workloads } = JSON.parse(stdout) as Document;
  const half = workloads
    .find(({ workload }) => workload === "shop/cart")
    ?.steps.find(({ half: one }) => one === "linkerd");
  return [half?.stage, half?.wouldDeny.map(({ edge }) => edge)];
}
const by = (account: string, authz: string) => ({
  ...{ tls: "true", client_id: `${account}.shop.serviceaccount.identity.linkerd.cluster.local` },
  ...{ authz_kind: authz === "audit" ? "default" : "authorizationpolicy", authz_name: authz },
});
const plain = { tls: "no_identity", authz_kind: "default", authz_name: "audit" };

test("proxies' counters under audit show whom a Server would refuse, and whom its routes admit", async () => {
  assert.deepEqual(await linkerdHalfOf(onServer, by("web", "web")), ["ready", []]);
  assert.deepEqual(await linkerdHalfOf(onServer, by("web", "audit")), ["ready", []], "both admit it, one is named");
  assert.deepEqual(await linkerdHalfOf(onServer, by("job", "audit")), ["observed", ["shop/job → shop/cart TCP 8080"]]);
  assert.deepEqual(await linkerdHalfOf(onRoute, by("web", "web")), ["ready", []]);
  const some = await linkerdHalfOf(onRoute, by("web", "web"), by("web", "audit"));
  assert.deepEqual(some, ["observed", ["shop/web → shop/cart TCP 8080"]], "some of its requests");
});

test("a Server is not ready while audit admits clients without a proxy, but the kubelet's probes do not count", async () => {
  const unnamed = ["observed", ["clients without a proxy → shop/cart TCP 8080"]];
  assert.deepEqual(await linkerdHalfOf(onServer, by("web", "web"), plain), unnamed);
  assert.deepEqual(await linkerdHalfOf(onServer, by("web", "web"), { ...plain, route_name: "probe" }), ["ready", []]);
  const admitted = authorized(
    "{targetRef: {group: policy.linkerd.io, kind: Server, name: http}, requiredAuthenticationRefs: []}",
  );
  assert.deepEqual(await linkerdHalfOf(admitted, by("web", "web"), plain), ["ready", []]);
});

/** The cart without its Server, with the default policy on its pods, on their namespace, or for the whole cluster. */
const byDefault = (where: "pods" | "namespace" | "cluster", policy = "audit") => {
  const said = `config.linkerd.io/default-inbound-policy: ${policy}`;
  const cart =
    where === "pods"
      ? meshed("cart").replace("linkerd.io/inject: enabled", `linkerd.io/inject: enabled, ${said}`)
      : meshed("cart");
  const more = {
    pods: "",
    namespace: `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {${said}}}\n`,
    cluster: `apiVersion: apps/v1
kind: Deployment
metadata: {name: linkerd-destination, namespace: linkerd}
spec:
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec: {containers: [{name: policy, image: x, args: [controller, --default-policy=${policy}]}]}
`,
  }[where];
  return [cart, meshed("web"), meshed("job"), more].join("\n---\n");
};

test("a workload is observed if its default policy is audit, wherever that is set, and needs a Server before it can refuse anybody", async () => {
  const open = "shop/web → shop/cart TCP 8080";
  for (const where of ["pods", "namespace", "cluster"] as const) {
    assert.deepEqual(await linkerdHalfOf(byDefault(where), by("web", "audit")), ["observed", [open]], where);
    assert.deepEqual(await linkerdHalfOf(byDefault(where, "all-unauthenticated"), by("web", "x")), ["none", []], where);
  }
  const enforced = byDefault("pods").replaceAll("audit", "deny");
  assert.deepEqual(await linkerdHalfOf(enforced, by("web", "audit")), ["none", []]);
  // With a Server that admits the known clients, the default no longer applies, and any other client would be refused.
  const server = `${byDefault("pods")}\n---\n${onServer.split("---").slice(3).join("---").replace("accessPolicy: audit", "accessPolicy: deny")}`;
  const probe = { ...plain, route_name: "probe", target_port: "9090" };
  assert.deepEqual(await linkerdHalfOf(server, by("web", "web"), probe), ["ready", []]);
  const other = { ...by("job", "audit"), target_port: "9090" };
  assert.deepEqual(await linkerdHalfOf(server, by("web", "web"), other), [
    "observed",
    ["shop/job → shop/cart TCP 9090"],
  ]);
});

test("the way from default audit to enforcement is first a Server, then deny", async () => {
  const flows = good.map((_, day) =>
    line({ from: pod("shop", "web", "10.0.0.1"), to: pod("shop", "cart", "10.0.0.2"), port: 8080, time: at(day) }),
  );
  const { next } = await stagesOf(byDefault("pods"), flows);
  assert.match(
    next["shop/cart"]?.what ?? "",
    /^write Servers for its ports, or stop shop\/web → shop\/cart TCP 8080: what the default policy audit lets in/,
  );
  const job = next["shop/job"]?.what ?? "";
  assert.doesNotMatch(job, /audit/);
  const quiet = flows.map((one) => one.replaceAll("8080", "9090"));
  const server = onServer
    .split("---")
    .slice(3)
    .join("---")
    .replace("port: 8080, accessPolicy: audit", "port: 9090, accessPolicy: deny");
  const ready = await stagesOf(`${byDefault("pods")}\n---\n${server}`, quiet);
  assert.deepEqual(ready.stages["shop/cart"]?.[2], "ready");
  assert.match(
    ready.next["shop/cart"]?.what ?? "",
    /^enforce linkerd: deny by default where no Server is, with the annotation config.linkerd.io\/default-inbound-policy: deny/,
  );
});
