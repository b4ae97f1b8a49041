import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { project, temporaryDirectory } from "../plan/fixture";
import { meshfence, meshfenceShared } from "../support/meshfence";
import { pod as end, line } from "../traffic/lines";

const fixtures = path.join(__dirname, "fixtures");
const before = path.join(fixtures, "before");
const after = path.join(fixtures, "after");
const broken = () => {
  const directory = temporaryDirectory();
  cpSync(before, directory, { recursive: true });
  writeFileSync(path.join(directory, "broken.yaml"), "a: b: c\n");
  return directory;
};
const statusOf = async (...args: string[]) => (await meshfenceShared(args)).status;
const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

test("reach prints only the matrix, and exits with 0", () => {
  const { status, stdout, stderr } = meshfence(["reach", before]);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(stdout, /^Reachability: \d+ of \d+ edges allowed/);
  assert.match(stdout, /\n {2}shop\/db {2}TCP 5432 pg\n/);
});

test("bad input exits with 2 and is named with file and line, and the rest is still evaluated", async () => {
  const directory = broken();
  for (const args of [
    ["reach", directory],
    ["lint", directory],
    ["diff", before, directory],
  ]) {
    const { status, stdout, stderr } = await meshfenceShared(args);
    assert.equal(status, 2, args.join(" "));
    assert.match(stderr, /broken\.yaml:1:4: /);
    assert.doesNotMatch(stderr, /\n {4}at /, "no stack trace");
    assert.match(stdout, /1 problem in the input/);
    assert.match(stdout, /shop\/db|\d+ unchanged|error {2}/);
  }
});

test("a gate fails on what is not seen and says why, unless --allow-unseen is set", async () => {
  const directory = temporaryDirectory();
  cpSync(before, directory, { recursive: true });
  writeFileSync(
    path.join(directory, "release.yaml"),
    "---\n{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: web, namespace: apps}, spec: {}}\n",
  );
  const run = (...args: string[]) => meshfenceShared(["diff", ...args]);
  for (const sides of [
    [before, directory],
    [directory, before],
    [directory, directory],
  ]) {
    const { status, stdout, stderr } = await run(...sides, "--fail-on", "opened");
    assert.equal(status, 2);
    assert.match(stdout, /^Reachability: 0 opened, 0 closed, \d+ unchanged · 1 object not seen\.\n/);
    assert.match(
      stderr,
      /^--fail-on: 1 object not seen, so .*--allow-unseen.*\n {2}.*release\.yaml:2: HelmRelease apps\/web: /,
    );
  }
  const allowed = await run(before, directory, "--fail-on", "opened", "--allow-unseen");
  assert.deepEqual([allowed.status, allowed.stderr], [0, ""]);
  assert.equal(await statusOf("diff", before, directory), 0, "without a gate, nothing fails");
  assert.equal(
    await statusOf("diff", directory, after, "--fail-on", "opened"),
    1,
    "a finding counts, whatever is not seen",
  );
  const { unseen } = json((await run(before, directory, "--format", "json")).stdout) as {
    unseen: { object: string }[];
  };
  assert.deepEqual(
    unseen.map(({ object }) => object),
    ["HelmRelease apps/web"],
  );
  for (const [command, pattern] of [
    ["reach", /^Reachability: .* · 1 object not seen\n/],
    ["lint", / in \d+ policies · 1 object not seen\n$/],
  ] as const) {
    assert.match((await meshfenceShared([command, directory])).stdout, pattern);
  }
});

test("a wrong command line exits with 2, --help and --version with 0", async () => {
  for (const command of ["", "start", "up", "down", "verify", "plan", "reach", "diff", "explain", "lint", "pr"])
    assert.equal(await statusOf(...[command].filter(Boolean), "--nonsense"), 2, command);
  assert.equal(await statusOf("nonsense"), 2);
  assert.equal(await statusOf("plan", "--help"), 0);
  const { version } = json(readFileSync(path.join(__dirname, "..", "..", "package.json"), "utf8"));
  const { status, stdout } = await meshfenceShared(["--version"]);
  assert.deepEqual([status, stdout], [0, `${version}\n`]);
});

test("a command line that does not fit is told where the commands or options are listed", async () => {
  const hints = {
    diff: "meshfence diff",
    "reach --nope": "meshfence reach",
    "mcp a b": "meshfence mcp",
    foo: "meshfence",
  };
  for (const [line, command] of Object.entries(hints)) {
    const { stderr } = await meshfenceShared(line.split(" "));
    assert.match(stderr, new RegExp(`^error: .*\\n\`${command} --help\` lists .*\\n$`), line);
  }
});

test("if none of the named files can be read, prints only that; otherwise evaluates what could be read", async () => {
  const cwd = temporaryDirectory();
  writeFileSync(
    path.join(cwd, "good.yaml"),
    "apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: shop }\nspec: { containers: [] }\n",
  );
  writeFileSync(path.join(cwd, "other.json"), '{ "a": 1 }');
  mkdirSync(path.join(cwd, "empty"));
  const gone = "nope: cannot be read: there is no such file or folder\n";
  for (const [line, said] of [
    ["reach nope", gone],
    ["reach nope --format json", gone],
    ["reach nope --format html", gone],
    ["reach nope --format jsonl", `{"problem":"${gone.trim()}","file":"nope"}\n`],
    ["reach nope gone", gone + gone.replace("nope", "gone")],
    ["reach empty", "empty: contains no .yaml, .yml or .json file\n"],
    ["reach good.yaml --scenario nope", gone],
    ["lint nope", gone],
    ["lint nope --format sarif", gone],
    ["lint good.yaml --scenario nope", gone],
    ["explain a b 80 nope", gone],
    ["view nope", gone],
    ["diff nope good.yaml", gone],
    ["diff good.yaml nope", gone],
    ["replay nope --traffic nope", gone],
    ["replay good.yaml --traffic nope", gone],
    ["rollout nope --traffic nope", gone],
    ["rollout good.yaml --traffic nope", gone],
    ["learn nope --traffic nope", gone],
    ["learn good.yaml --traffic nope", gone],
    ["learn --traffic nope", gone],
  ] as const) {
    const answer = await meshfenceShared(line.split(" "), { cwd });
    assert.deepEqual(answer, { status: 2, stdout: "", stderr: said }, line);
  }
  const nothing = await meshfenceShared(["reach", "other.json"], { cwd });
  assert.deepEqual([nothing.status, nothing.stdout], [2, ""]);
  assert.match(nothing.stderr, /^other\.json:1:1: has no `kind`, so it is not a Kubernetes object/);
  for (const [line, pattern] of [
    ["reach good.yaml nope", /1 workload .*\n\n! 1 problem in the input/],
    ["lint good.yaml nope", /1 problem in the input/],
    ["diff good.yaml empty", /1 problem in the input/],
  ] as const) {
    const mixed = await meshfenceShared(line.split(" "), { cwd });
    assert.equal(mixed.status, 2, line);
    assert.match(mixed.stdout, pattern);
    assert.match(mixed.stderr, /^(nope: cannot be read|empty: contains no)/);
  }
});

test("without files, a command reads the current folder, and says what to give if that has no manifests", async () => {
  const empty = temporaryDirectory();
  const without = temporaryDirectory();
  writeFileSync(path.join(without, "values.json"), "{}");
  const recording = path.join(temporaryDirectory(), "flows.jsonl");
  writeFileSync(
    recording,
    line({ from: end("shop", "web", "10.0.0.1"), to: end("shop", "api", "10.0.0.2"), port: 8080 }),
  );
  for (const args of [
    ["reach"],
    ["lint"],
    ["explain", "shop/web", "shop/api", "8080"],
    ["replay"],
    ["rollout"],
    ["learn"],
  ]) {
    const [command = "", ...others] = args;
    const traffic = ["replay", "rollout", "learn"].includes(command) ? ["--traffic", recording] : [];
    const run = (files: string[], cwd: string) => meshfenceShared([command, ...others, ...files, ...traffic], { cwd });
    const here = await run([], path.resolve(after));
    const named = await run(["."], path.resolve(after));
    // `rollout` prints the command for the next step, which repeats the files.
    const shown = named.stdout.replaceAll("meshfence learn . ", "meshfence learn ");
    assert.deepEqual([here.stdout, here.status], [shown, named.status], command);
    for (const folder of [empty, without]) {
      const { status, stderr } = await run([], folder);
      if (command === "learn") assert.deepEqual([status, stderr], [0, ""], "traffic alone is enough");
      else {
        assert.equal(status, 2, command);
        assert.match(
          stderr,
          folder === empty
            ? /^\.: contains no \.yaml, \.yml or \.json file$/m
            : /^\.: holds no object; name files or folders, or give --plan or --context$/m,
        );
      }
    }
  }
});

test("a wrong value exits with 2", async () => {
  assert.equal(await statusOf("reach", before, "--format", "pdf"), 2);
  assert.equal(await statusOf("diff", before), 2);
  assert.equal(await statusOf("diff", before, after, "--fail-on", "widened"), 2);
});

test("with a scenario, jsonl prints what the oracle prints, and refused policies as JSON lines on stderr", async () => {
  const oracle = path.join(__dirname, "..", "oracle");
  const { status, stdout, stderr } = await meshfenceShared([
    "reach",
    path.join(oracle, "policies.example.yaml"),
    "--scenario",
    path.join(oracle, "scenario.example.yaml"),
    "--format",
    "jsonl",
  ]);
  assert.equal(status, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 8);
  assert.equal(
    lines[0],
    '{"from":"web","to":"db","proto":"TCP","port":5432,"egress":"allowed","ingress":"allowed","allowed":true,"egressRules":["shop/web-egress"],"ingressRules":["shop/db"]}',
  );
  const refused = json(stderr);
  assert.deepEqual(
    [refused.invalid, path.basename(String(refused.file))],
    ["default-deny-that-is-not", "policies.example.yaml"],
  );
});

test("with jsonl, problems are JSON lines too, and a policy that is left out is a refused one", async () => {
  const file = path.join(temporaryDirectory(), "p.yaml");
  writeFileSync(
    file,
    "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: 80}]}]}], egres: []}\n",
  );
  const { status, stderr } = await meshfenceShared(["reach", file, "--format", "jsonl"]);
  assert.equal(status, 2);
  const [first, second] = stderr.trimEnd().split("\n").map(json);
  assert.deepEqual([first?.invalid, first?.namespace, first?.file], ["p", "shop", file]);
  assert.deepEqual([second?.line, second?.file], [4, file]);
});

test("reads manifests from standard input", () => {
  const text =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {containers: [{name: a, ports: [{containerPort: 80}]}]}\n";
  const out = execFileSync(
    process.execPath,
    [path.join(__dirname, "..", "..", "dist", "cli", "main.js"), "reach", "-"],
    { input: text, encoding: "utf8" },
  );
  assert.match(out, /shop\/a {2}TCP 80/);
});

test("gates exit with 1 if they find something, 0 if not, and 2 if their peer does not exist", async () => {
  const { status, stderr } = await meshfenceShared([
    "diff",
    before,
    after,
    "--fail-on",
    "closed",
    "--fail-on",
    "opened:world",
  ]);
  assert.deepEqual([status, stderr], [1, "--fail-on closed: found\n--fail-on opened:world: found\n"]);
  assert.equal(await statusOf("diff", before, after, "--fail-on", "opened:batch/report"), 0);
  assert.equal(await statusOf("diff", before, after, "--fail-on", "opened:shpo"), 2);
});

test("the plaintext gate covers what Linkerd's authorization opens to clients without mTLS", async () => {
  const [was, is] = ["before", "after"].map((side) => path.join(fixtures, "two-fences", side));
  const run = (gate: string) => meshfenceShared(["diff", was ?? "", is ?? "", "--fail-on", gate]);
  const shut = await run("plaintext:shop/catalog");
  assert.deepEqual([shut.status, shut.stderr], [1, "--fail-on plaintext:shop/catalog: found\n"]);
  // The cart opens only to meshed clients.
  assert.deepEqual((await run("plaintext:shop/cart")).status, 0);
  assert.equal((await run("opened:shop/cart")).status, 1);
  assert.equal((await run("plaintext:shpo")).status, 2);
});

test("a repaired file passes a gate with --allow-unseen", async () => {
  assert.equal(await statusOf("diff", broken(), after), 2);
  assert.equal(await statusOf("diff", broken(), after, "--allow-unseen"), 0);
  assert.equal(await statusOf("diff", path.join(fixtures, "nowhere"), after, "--allow-unseen"), 2);
});

function emptyRepository() {
  const repository = temporaryDirectory();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.invalid", ...args], {
      cwd: repository,
      stdio: "pipe",
    });
  git("init", "--quiet", "--initial-branch=main");
  return { repository, git };
}

test("compares git revisions and the working tree without checking anything out", async () => {
  const { repository, git } = emptyRepository();
  mkdirSync(path.join(repository, "k8s; echo"));
  const copy = (from: string) => cpSync(from, path.join(repository, "k8s; echo"), { recursive: true });
  copy(before);
  git("add", "-A");
  git("commit", "--quiet", "-m", "before");
  git("tag", "v1");
  copy(after);
  const run = (...args: string[]) => meshfenceShared(["diff", "--git", ...args], { cwd: repository });
  const tree = await run("v1", "--format", "json");
  assert.equal(tree.stderr, "");
  const expected = json((await meshfenceShared(["diff", before, after, "--format", "json"])).stdout);
  // The same except for file names.
  const inFile = (value: unknown, file: string) => JSON.parse(JSON.stringify(value).replaceAll(file, "policies.yaml"));
  const opened = inFile(expected.opened, path.join(after, "policies.yaml"));
  assert.match(JSON.stringify(opened), /rule 1 of shop\/web \(policies\.yaml:16\) allows it/);
  assert.deepEqual(inFile(json(tree.stdout).opened, "k8s; echo/policies.yaml"), opened);
  git("add", "-A");
  git("commit", "--quiet", "-m", "after");
  const revisions = json((await run("v1", "main", "--format", "json", "--path", "k8s; echo")).stdout);
  assert.deepEqual(inFile(revisions.opened, "main:k8s; echo/policies.yaml"), opened);
  assert.match((await run("main", "main")).stdout, /0 opened, 0 closed/);
  for (const range of ["v1..main", "v1.."])
    assert.equal((await run(range)).stdout, (await run("v1", range === "v1.." ? "HEAD" : "main")).stdout, range);
  const merged = await run("v1...main");
  assert.deepEqual([merged.status, merged.stderr], [2, "v1...main: is not a revision of this repository\n"]);
  const slip = await run("v1", "main", "--path", "k8s; echo", "--path", "typo", "--fail-on", "opened");
  assert.deepEqual([slip.status, slip.stderr.split("\n")[0]], [2, "typo: neither side has a manifest there"]);
  assert.equal((await run("v1", "--path", "typo")).status, 2, "of the working tree");
  mkdirSync(path.join(repository, "docs"));
  writeFileSync(path.join(repository, "docs", "a.md"), "");
  assert.equal((await run("v1", "--path", "docs")).status, 2, "exists without a manifest");
  git("rm", "--quiet", "-r", "--cached", "k8s; echo");
  git("commit", "--quiet", "-m", "without");
  assert.equal((await run("main~1", "main", "--path", "k8s; echo")).status, 0, "gone on one side");
  const missing = await run("nosuch", "main");
  assert.deepEqual([missing.status, missing.stderr], [2, "nosuch: is not a revision of this repository\n"]);
  assert.equal(missing.stdout, "", "there is nothing to compare");
  const option = await run("--", "--output=x", "main");
  assert.deepEqual([option.status, option.stderr], [2, "--output=x: is not a revision of this repository\n"]);
});

test("a repository's symbolic links resolve in a revision as in the working tree", async () => {
  const { repository, git } = emptyRepository();
  const at = (...names: string[]) => path.join(repository, ...names);
  mkdirSync(at("env"));
  cpSync(before, at("base"), { recursive: true });
  const [first] = readdirSync(at("base")).filter((name) => name.endsWith(".yaml"));
  symlinkSync(`../base/${first}`, at("env", "linked.yaml"));
  symlinkSync("../base", at("env", "folder"));
  symlinkSync("..", at("env", "cycle"));
  symlinkSync("/nowhere", at("env", "absolute"));
  git("add", "-A");
  git("commit", "--quiet", "-m", "before");
  const run = (...args: string[]) =>
    meshfenceShared(["diff", "--git", "--format", "json", ...args], { cwd: repository });
  const inBase = json((await run("main", "--path", "base")).stdout);
  for (const sides of [["main"], ["main", "main"]]) {
    const { status, stdout, stderr } = await run(...sides, "--path", "env");
    assert.deepEqual([status, stderr], [0, ""], sides.join(" "));
    assert.deepEqual(json(stdout).unchanged, inBase.unchanged, sides.join(" "));
  }
});

test("reads a Pulumi program like manifests, and keeps its own output out of the result", () => {
  const pod = (name: string) =>
    `{ metadata: { labels: { app: "${name}" } }, spec: { containers: [{ name: "a", ports: [{ containerPort: 80 }] }] } }`;
  const directory = project({
    "index.ts": [
      'import * as k8s from "@pulumi/kubernetes";',
      'console.log("hello");',
      'new k8s.core.v1.Namespace("shop", { metadata: { name: "shop", annotations: { "linkerd.io/inject": "enabled" } } });',
      ...["web", "db"].map(
        (name) =>
          `new k8s.apps.v1.Deployment("${name}", { metadata: { name: "${name}", namespace: "shop" }, spec: { selector: {}, template: ${pod(name)} } });`,
      ),
      'new k8s.apiextensions.CustomResource("p", { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name: "db", namespace: "shop" }, spec: { endpointSelector: { matchLabels: { app: "db" } }, ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }] }] } });',
    ].join("\n"),
  });
  const { status, stdout, stderr } = meshfence(["reach", "--plan", "--format", "jsonl"], { cwd: directory });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "hello\n");
  const beside = meshfence(["reach", "--plan", "--program", directory, before, "--format", "jsonl"]).stdout;
  assert.match(beside, /"from":"batch\/report","to":"shop\/statefulset\/db"/, "files beside a program");
  const allowed = stdout
    .trimEnd()
    .split("\n")
    .map(json)
    .filter(({ to, allowed: is }) => to === "shop/db" && is === true);
  assert.deepEqual(
    allowed.filter(({ standsFor }) => standsFor === undefined).map(({ from }) => from),
    ["shop/web", "host"],
  );
  assert.deepEqual(allowed[0]?.wire, { port: 4143, mtls: true, opensAllPorts: true });
});

test("lint exits with 1 on errors and 0 without, and names the line", async () => {
  const { status, stdout } = await meshfenceShared(["lint", after, "--format", "json"]);
  assert.equal(status, 1);
  const { findings } = json(stdout) as { findings: { rule: string; file: string; line: number }[] };
  const refused = findings.find(({ rule }) => rule === "refused-policy");
  assert.deepEqual([path.basename(refused?.file ?? ""), refused?.line], ["policies.yaml", 27]);
  const sound = path.join(temporaryDirectory(), "p.yaml");
  writeFileSync(sound, "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
  assert.equal(await statusOf("lint", sound), 0);
});

test("every format names what creates objects that are not seen, without failing", async () => {
  const directory = temporaryDirectory();
  cpSync(before, directory, { recursive: true });
  writeFileSync(path.join(directory, "kustomization.yaml"), "namespace: shop\n");
  const told = /Kustomization.*what this produces is not seen.*kubectl kustomize DIR/;
  for (const [command, formats] of [
    ["reach", ["text", "markdown", "json", "jsonl", "mermaid", "svg"]],
    ["diff", ["text", "markdown", "json", "sarif", "mermaid", "svg"]],
    ["lint", ["text", "markdown", "json", "sarif", "gitlab"]],
  ] as const) {
    for (const format of formats) {
      const sides = command === "diff" ? [before, directory] : [directory];
      const { status, stdout, stderr } = await meshfenceShared([
        command,
        ...sides,
        "--render",
        "never",
        "--format",
        format,
      ]);
      assert.notEqual(status, 2, `${command} ${format}`);
      const inPlace = ["jsonl", "mermaid", "svg", "gitlab"].includes(format) ? stderr : stdout;
      assert.match(inPlace.replaceAll(/\s+/g, " "), told, `${command} ${format}`);
      if (["mermaid", "svg"].includes(format)) assert.match(stdout, /not seen: the output of Kustomization/);
    }
  }
});

test("lint reports a policy without a namespace, unless -n sets one", async () => {
  const file = path.join(temporaryDirectory(), "p.yaml");
  writeFileSync(
    file,
    "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p}\nspec: {endpointSelector: {}, ingress: [{fromEntities: [cluster]}]}\n",
  );
  assert.match((await meshfenceShared(["lint", file])).stdout, /missing-namespace/);
  assert.doesNotMatch((await meshfenceShared(["lint", file, "-n", "shop"])).stdout, /missing-namespace/);
});

test("colour is for terminals only", async () => {
  for (const args of [
    ["reach", after],
    ["diff", before, after],
    ["lint", after],
  ]) {
    assert.equal((await meshfenceShared(args, { env: { FORCE_COLOR: "1" } })).stdout.includes("\u001b"), false);
  }
});
