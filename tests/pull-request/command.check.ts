import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { line, pod, world } from "../traffic/lines";
import { repository, type Shop, write } from "./repository";
import { fenced, open, pathWith, pr } from "./support";

test("gates decide the exit status in both directions, and the comment names those that fail", () => {
  const root = repository({ ports: [80] }, { ports: [80, 90] });
  const opened = pr(root, ["--base", "HEAD~1", "--fail-on", "opened:shop"]);
  assert.equal(opened.status, 1, opened.stderr);
  assert.match(
    opened.stdout,
    /^<!-- meshfence pr shop -->\n> ❌ `fail-on` opened:shop: found\n\n### Reachability: 1 opened, 0 closed/,
  );
  // A program creates the policy, so no file can be patched.
  assert.match(opened.stdout, /\n- take TCP 90 out of rule 1 of shop\/server\n/);
  assert.match(
    opened.stdout,
    /\nBy hand, where index\.js:4 makes it: .*, at `spec\.ingress\.0\.toPorts\.0\.ports\.1`: remove what is there\.\n/,
  );
  const back = pr(root, ["--base", "HEAD", "--head", "HEAD~1", "--fail-on", "opened", "--fail-on", "refused"]);
  assert.equal(back.status, 0, back.stderr);
  assert.match(back.stdout, /### Reachability: 0 opened, 1 closed/);
});

test("without helm, the comment says so and compares values", () => {
  const root = repository(fenced as Shop, open as Shop);
  const out = path.join(temporaryDirectory(), "out");
  const { status, stderr } = pr(root, ["--base", "HEAD~1", "--out", out], pathWith(false));
  assert.equal(status, 0, stderr);
  const comment = readFileSync(path.join(out, "comment.md"), "utf8");
  assert.match(comment, /release shop\/cache could not be rendered.*helm is not on the PATH/);
  const page = readFileSync(path.join(out, "page.html"), "utf8");
  assert.match(page, /^<!doctype html>[\s\S]*shop\/server|^<!doctype html>[\s\S]*"server"/i);
  const sarif = JSON.parse(readFileSync(path.join(out, "reachability.sarif"), "utf8"));
  assert.deepEqual([sarif.version, sarif.runs.length], ["2.1.0", 1]);
  const diff = readFileSync(path.join(out, "manifests.diff"), "utf8");
  assert.match(diff, /_helm\/shop\/cache\/values.yaml\n@@.*\n-replicas: 1\n\+replicas: 2\n/);
});

test("recorded traffic shows what the change would have denied: in the comment, the page and the exit status", () => {
  const root = repository({ ports: [80, 90] }, { ports: [80] });
  const folder = temporaryDirectory();
  const [client, server] = ["client", "server"].map((name, index) => pod("shop", name, `10.0.0.${index + 1}`));
  assert.ok(client && server);
  const recording = (name: string, lines: readonly string[]) => {
    writeFileSync(path.join(folder, name), lines.join("\n"));
    return ["--traffic", path.join(folder, name)];
  };
  const used = recording(
    "used.jsonl",
    [80, 90].map((port) => line({ from: client, to: server, port })),
  );
  const base = ["--base", "HEAD~1", "--fail-on", "would-deny"];
  const out = path.join(folder, "out");
  const cut = pr(root, [...base, ...used, "--out", out]);
  assert.equal(cut.status, 1, cut.stderr);
  const comment = readFileSync(path.join(out, "comment.md"), "utf8");
  assert.match(comment, /❌ `fail-on` would-deny: found/);
  assert.match(
    comment,
    /### This change would have denied 1 of 2 edges seen[\s\S]*\| `shop\/client` \| `shop\/server` \| TCP 90 \|/,
  );
  assert.match(readFileSync(path.join(out, "page.html"), "utf8"), /would have denied 1 of 2 edges seen/);
  const unused = pr(root, [...base, ...recording("unused.jsonl", [line({ from: client, to: server, port: 80 })])]);
  assert.equal(unused.status, 0, unused.stderr);
  const gone = recording("gone.jsonl", [
    line({ from: client, to: server, port: 80 }),
    line({ from: client, to: world("10.0.0.9"), port: 80 }),
  ]);
  const undecided = pr(root, [...base, ...gone]);
  assert.deepEqual([undecided.status, /1 edge of the traffic could not be decided/.test(undecided.stderr)], [2, true]);
  for (const bad of [recording("empty.jsonl", []), ["--traffic", "/nonexistent"]]) {
    const { status, stderr } = pr(root, [...base, ...bad]);
    assert.deepEqual([status, stderr !== ""], [2, true], stderr);
  }
});

const helm = spawnSync("helm", ["version", "--short"], { encoding: "utf8" });
const withHelm = { skip: helm.status === 0 ? false : "needs helm on the PATH" };

test("Helm's renderings differ only where the change does: nothing random, nothing secret", withHelm, () => {
  const root = repository({ ports: [80], replicas: 1 }, { ports: [80], replicas: 2 });
  const { status, stdout, stderr } = pr(root, ["--base", "HEAD~1"]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /### Manifests: 2 files differ/);
  assert.match(
    stdout,
    /rendered\/deployment-shop-cache\.yaml<\/code> \+1 −1[\s\S]*\n- {2}replicas: 1\n\+ {2}replicas: 2\n/,
  );
});

test("a chart in the repository may be the change", withHelm, () => {
  const root = repository({ ports: [80], replicas: 1 }, { ports: [80], replicas: 1, image: "cache:2" });
  const { stdout } = pr(root, ["--base", "HEAD~1"]);
  assert.match(stdout, /### Manifests: 1 file differs/);
  assert.match(stdout, /\n- +image: cache:1\n\+ +image: cache:2\n/);
  const added = repository({ ports: [80] }, { ports: [80], replicas: 1 });
  const { stdout: whole } = pr(added, ["--base", "HEAD~1"]);
  assert.match(whole, /\+ {2}tls\.key: "\[secret\]"/);
  assert.match(whole, /\+ +checksum\/certificate: "\[generated\]"\n\+ +rendered-at: "\[generated\]"/);
  assert.match(whole, /rendered\/configmap-shop-cache-_generated_\.yaml/);
  assert.doesNotMatch(whole, /LS0tLS1CRUdJTi/, "the beginning of PEM in base64");
});

test("the comment names what cannot be compared", () => {
  const broken = repository({ ports: [80], broken: true }, { ports: [80] });
  const base = pr(broken, ["--base", "HEAD~1"]);
  assert.equal(base.status, 2);
  assert.match(
    base.stdout,
    /unknown, because the plan failed[\s\S]*the base, HEAD~1, cannot be planned[\s\S]*no such setting/,
  );
  const nowhere = pr(broken, ["--base", "nowhere"]);
  assert.equal(nowhere.status, 2);
  assert.match(nowhere.stderr, /nowhere is not a revision of this repository/);
  assert.doesNotMatch(nowhere.stderr, /\n {4}at /);
  const option = pr(broken, ["--base=--upload-pack=x"]);
  assert.match(option.stderr, /is not a revision/);
});

test("the comment has a failing program's error and stays within its limit, however much the program printed", () => {
  const root = repository({ ports: [80] });
  const fails = (noise: string) => write(root, "shop/index.js", `${noise}; throw new Error("no such setting");`);
  fails('for (let at = 0; at < 50_000; at++) console.log("noise ".repeat(at % 40))');
  const chatty = pr(root, ["--base", "HEAD"]);
  assert.equal(chatty.status, 2);
  assert.ok(chatty.stdout.length < 65_536 && chatty.stderr.length < 65_536);
  assert.match(
    chatty.stdout,
    /the head, the working tree, cannot be planned:\n… .*\n[\s\S]*noise[\s\S]*error: no such setting/,
  );
  fails(`console.log("${"x".repeat(100)}".repeat(3_000))`);
  assert.match(
    pr(root, ["--base", "HEAD", "--limit", "2000"]).stdout,
    /cannot be planned:\n[\s\S]*error: no such setting/,
  );
  write(root, "shop/index.js", 'require("child_process").execSync("echo hello", { stdio: "inherit" });');
  const printing = pr(root, ["--base", "HEAD"]);
  assert.equal(printing.status, 2);
  assert.match(printing.stdout, /the plan cannot be read, because the program, or a command that it runs, prints/);
});

test("a change can neither choose the stack that both sides are planned as, nor silence lint", () => {
  const root = repository({ ports: [80] });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: root });
  const program = readFileSync(path.join(root, "shop/index.js"), "utf8");
  write(
    root,
    "shop/index.js",
    program.replace(
      /"ports":(\[\{"port":.*?\}\])/,
      '"ports": JSON.parse(new (require("@pulumi/pulumi").Config)().require("ports"))',
    ),
  );
  const ports = (...all: number[]) =>
    `config:\n  shop:ports: '${JSON.stringify(all.map((port) => ({ port: `${port}`, protocol: "TCP" })))}'\n`;
  write(root, "shop/Pulumi.prod.yaml", ports(80));
  git("add", "--all");
  git("commit", "--quiet", "--message", "prod");
  write(root, "shop/Pulumi.prod.yaml", ports(80, 90));
  write(root, "shop/Pulumi.dev.yaml", ports(80));
  const { status, stdout, stderr } = pr(root, ["--base", "HEAD", "--fail-on", "opened"]);
  assert.equal(status, 1, stdout + stderr);
  assert.match(stdout, /Planned as the base's stack, prod; the change's own files would select dev/);
  write(root, "shop/Pulumi.prod.yaml", ports(80));
  const chosen = pr(root, ["--base", "HEAD", "--fail-on", "opened", "--stack", "prod"]);
  assert.equal(chosen.status, 0, chosen.stdout);
  assert.doesNotMatch(chosen.stdout, /Planned as the base/);
  write(root, "meshfence.yaml", "lint: { ignore: ['*'] }\n");
  assert.match(pr(root, ["--base", "HEAD"]).stdout, /different meshfence\.yaml than HEAD/);
});

test("a new program is compared with nothing", () => {
  const root = repository({ ports: [80] });
  execFileSync("git", ["rm", "-rq", "--cached", "shop"], { cwd: root });
  const empty = execFileSync(
    "git",
    ["commit-tree", execFileSync("git", ["write-tree"], { cwd: root, encoding: "utf8" }).trim(), "-m", "x"],
    {
      cwd: root,
      encoding: "utf8",
      env: {
        ...process.env,
        GIT_AUTHOR_NAME: "t",
        GIT_AUTHOR_EMAIL: "t@example.com",
        GIT_COMMITTER_NAME: "t",
        GIT_COMMITTER_EMAIL: "t@example.com",
      },
    },
  ).trim();
  const { status, stdout, stderr } = pr(root, ["--base", empty]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /The program in shop is new/);
  assert.match(stdout, /### Resources: 3 resources added, 0 removed, 0 changed/);
  // Before a new program, everything was open.
  const folder = temporaryDirectory();
  const server = pod("shop", "server", "10.0.0.2");
  const outside = { from: world("198.51.100.77"), more: { source_names: ["private.example.org"] } };
  writeFileSync(path.join(folder, "flows.jsonl"), line({ ...outside, to: server, port: 90 }));
  for (const [args, isNamed] of [
    [[], false],
    [["--show-outside"], true],
  ] as const) {
    const out = path.join(folder, String(isNamed));
    pr(root, ["--base", empty, "--traffic", path.join(folder, "flows.jsonl"), "--out", out, ...args]);
    const comment = readFileSync(path.join(out, "comment.md"), "utf8");
    const from = isNamed ? "private.example.org (198.51.100.77)" : "outside address 1";
    assert.ok(comment.includes(`| \`${from}\` | \`shop/server\` | TCP 90 |`), comment);
    for (const text of [comment, readFileSync(path.join(out, "page.html"), "utf8")])
      assert.equal(/198\.51\.100\.77|private\.example\.org/.test(text), isNamed);
  }
});

test("--prepare runs in the base's checkout, and its output is shown if it fails", () => {
  const root = repository({ ports: [80] });
  const fine = pr(root, ["--base", "HEAD", "--prepare", "touch prepared && test -e shop/index.js"]);
  assert.equal(fine.status, 0, fine.stderr);
  assert.equal(existsSync(path.join(root, "prepared")), false);
  const failed = pr(root, ["--base", "HEAD", "--prepare", "echo broken build; exit 1"]);
  assert.equal(failed.status, 2);
  assert.match(failed.stdout, /--prepare[\s\S]*broken build/);
});

test("folds the output of pulumi preview, which cannot break out of the fold", () => {
  const root = repository({ ports: [80] });
  write(root, "live.txt", "+ create\n```\n</details> **bold**\n");
  const { stdout } = pr(root, ["--base", "HEAD", "--live", "live.txt"]);
  assert.match(
    stdout,
    /pulumi preview<\/code><\/summary>\n\n````text\n\+ create\n```\n<\/details> \*\*bold\*\*\n````\n\n<\/details>\n$/,
  );
});

test("a package without a lock file gets the working tree's modules if its package.json is the same", () => {
  const root = repository(fenced as Shop, open as Shop);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: root });
  git("rm", "--quiet", "package-lock.json");
  git("commit", "--quiet", "--message", "no lock file");
  git("checkout", "--quiet", "HEAD~2", "--", "shop/index.js");
  git("commit", "--quiet", "--message", "the first program again");
  const { status, stdout, stderr } = pr(root, ["--base", "HEAD~1", "--fail-on", "closed"], pathWith(true));
  assert.equal(status, 1, stderr);
  assert.match(stdout, /### Reachability: 0 opened, 1 closed/);
});

test("if the base lacks build output, the error suggests --prepare, which then plans the base", () => {
  const root = repository(fenced as Shop);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: root });
  write(root, "shop/source.js", readFileSync(path.join(root, "shop", "index.js"), "utf8"));
  write(root, "shop/index.js", 'require("./built/program.js");\n');
  write(
    root,
    "build.js",
    'const fs = require("fs"); fs.mkdirSync("shop/built", { recursive: true }); fs.copyFileSync("shop/source.js", "shop/built/program.js");',
  );
  write(root, ".gitignore", "node_modules\nbuilt\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "a build");
  const build = "node build.js";
  const head = pr(root, ["--base", "HEAD~1"], pathWith(true));
  assert.match(head.stderr, /the head, the working tree, cannot be planned:[\s\S]*Cannot find module/);
  assert.doesNotMatch(head.stderr, /--prepare/, "nothing prepares the working tree");
  execFileSync("sh", ["-c", build], { cwd: root });
  const base = pr(root, ["--base", "HEAD"], pathWith(true));
  assert.equal(base.status, 2, base.stderr);
  assert.match(
    base.stderr,
    /the base, HEAD, cannot be planned:[\s\S]*Cannot find module[\s\S]*run it with --prepare "npm run build"/,
  );
  const prepared = pr(root, ["--base", "HEAD", "--prepare", build], pathWith(true));
  assert.equal(prepared.status, 0, prepared.stderr);
  assert.match(prepared.stdout, /### Reachability: 0 opened, 0 closed/);
});
