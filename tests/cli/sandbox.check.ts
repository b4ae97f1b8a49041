import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { project, temporaryDirectory } from "../plan/fixture";
import { startPassThroughProvider } from "../pulumi-engine/pass-through-provider";
import { meshfence } from "../support/meshfence";

const program = `import { Secret } from "@pulumi/kubernetes/core/v1";
import { Provider } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
const provider = new Provider("cluster", { kubeconfig: "{}" });
new Secret("secret", { stringData: { key: new Config().get("key") ?? "hush-hush" } }, { provider });
export const context = "kind-mine";
export const reachability = { "client -> podinfo": "TCP 9898 mTLS" };
`;

/** A directory with commands made of these shell scripts. */
function commands(scripts: { [name: string]: string }): string {
  const directory = temporaryDirectory();
  for (const [name, script] of Object.entries(scripts)) {
    const file = path.join(directory, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  return directory;
}

const machine = (directory: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: `${directory}:/usr/bin:/bin`,
  HOME: temporaryDirectory(),
  XDG_DATA_HOME: temporaryDirectory(),
  PULUMI_HOME: undefined,
  PULUMI_BACKEND_URL: undefined,
  ...more,
});

/** Commands that exist but fail, so that the machine's own do not matter. */
const unusable = {
  docker: "echo 'Cannot connect to the Docker daemon' >&2; exit 1",
  pulumi: "echo v3.99.0",
};

test("start lists what is missing in a table, then shows the plan", () => {
  const { stdout, stderr, status } = meshfence(["start", "--program", project({ "index.ts": program })], {
    env: machine(commands(unusable)),
  });
  assert.equal(stderr, "");
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}missing {2}Docker +not running$/m);
  assert.match(stdout, /^ {2}missing {2}Pulumi CLI +v3\.99\.0 is too old$/m);
  assert.match(stdout, /^To do:\n {2}Docker: start it .*Cannot connect to the Docker daemon$/m);
  assert.match(stdout, /^program, stack dev: 2 resources in 2 waves$/m);
  assert.match(stdout, /^Who could talk to whom\n {2}client -> podinfo {2}TCP 9898 mTLS\n\nEvery manifest.*--out/m);
});

test("up fails with the same table", () => {
  const { stdout, stderr, status } = meshfence(["up", "--program", project({ "index.ts": program })], {
    env: machine(commands(unusable)),
  });
  assert.equal(stdout, "");
  assert.equal(status, 2);
  assert.match(stderr, /^error: the sandbox cannot be brought up on this machine:\n\n {2}missing {2}Docker/);
});

test("down without a stack has nothing to remove", () => {
  const { stdout, status } = meshfence(["down", "--program", project({ "index.ts": program })], {
    env: machine(commands(unusable)),
  });
  assert.equal(status, 0);
  assert.match(stdout, /no stack dev of program: nothing to remove/);
});

test("a program that throws fails start", () => {
  const directory = project({ "index.ts": 'throw new Error("bad configuration");\n' });
  const { stderr, status } = meshfence(["start", "--program", directory], { env: machine(commands(unusable)) });
  assert.equal(status, 2);
  assert.match(stderr, /^error: bad configuration\n/);
});

const missing = spawnSync("pulumi", ["version"]).error && "the Pulumi CLI is not on the PATH";

test("up, up again and down drive the real engine and leave nothing behind", { skip: missing }, async () => {
  const directory = project({ "index.ts": program });
  const { port, stop } = await startPassThroughProvider();
  const docker = 'case "$1" in info) echo \'{"MemTotal":8589934592,"ServerVersion":"28"}\';; esac';
  const env = machine(commands({ docker }), {
    PATH: `${commands({ docker })}:${process.env.PATH}`,
    PULUMI_DEBUG_PROVIDERS: `kubernetes:${port}`,
    NODE_OPTIONS: "",
  });
  const run = (...args: string[]) => running([...args, "--program", directory], env);
  try {
    const previewed = await run("up", "--preview", "--config", "key=from-the-command-line");
    assert.equal(previewed.status, 0, previewed.stderr + previewed.stdout);
    assert.match(previewed.stdout, /^Previewing program, stack dev [\s\S]*\n {2}would create Secret secret\n/);
    assert.match(previewed.stdout, /client -> podinfo.*TCP 9898 mTLS[\s\S]*\nNothing was changed\./);
    assert.ok(!existsSync(path.join(directory, "Pulumi.dev.yaml")), "a preview leaves no configuration");
    assert.match((await run("down")).stdout, /no stack dev of program/, "a preview leaves no stack");

    const first = await run("up", "--config", "key=from-the-command-line");
    assert.equal(first.status, 0, first.stderr + first.stdout);
    assert.match(first.stdout, /^ {2}creating Secret secret\n {2}done Secret secret \(\d+ s\)$/m);
    assert.match(first.stdout, /^The sandbox is up after \d+ s\. 3 created\.\n {2}look +kubectl --context kind-mine /m);
    const state = path.join(env.XDG_DATA_HOME ?? "", "meshfence", "state", ".pulumi", "stacks", "program");
    const stored = readFileSync(path.join(state, "dev.json"), "utf8");
    assert.match(stored, /core\/v1:Secret::secret/);
    assert.doesNotMatch(stored, /from-the-command-line/, "a secret in plain text in the state");

    const second = await run("start");
    assert.equal(second.status, 0, second.stderr);
    assert.doesNotMatch(second.stdout, /creating|updating/);
    assert.match(second.stdout, /^The sandbox is up after \d+ s\. Nothing had to change: 3 unchanged\.$/m);

    // The state that a killed update leaves.
    const locks = path.join(state, "..", "..", "locks", "organization", "program", "dev");
    const lock = path.join(locks, "00000000-0000-4000-8000-000000000000.json");
    mkdirSync(locks, { recursive: true });
    writeFileSync(
      lock,
      JSON.stringify({ pid: 1, username: "me", hostname: "here", timestamp: "2026-01-01T00:00:00Z" }),
    );
    const locked = await run("down");
    assert.equal(locked.status, 1, locked.stderr);
    assert.match(
      locked.stderr,
      /^error: another update of this stack is in progress; [^\n]* pulumi cancel --yes --stack dev /m,
    );
    rmSync(lock);

    const removed = await run("down");
    assert.equal(removed.status, 0, removed.stderr);
    assert.match(
      removed.stdout,
      /deleting Secret secret[\s\S]*\nThe sandbox is gone\. [^\n]*\n {2}\S*meshfence, the state folder[^\n]*\n$/,
    );
    assert.ok(!existsSync(path.join(state, "dev.json")));
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.startsWith("Pulumi.") && name !== "Pulumi.yaml"),
      ["Pulumi.dev.yaml"],
      "the user's own configuration stays",
    );
    assert.match((await run("down")).stdout, /nothing to remove/);
  } finally {
    stop();
  }
});

/** Runs the built command in a child process, while this one serves the provider. */
function running(
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ stdout: string; stderr: string; status: number | null }> {
  const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("close", (status) => resolve({ stdout, stderr, status }));
  });
}
