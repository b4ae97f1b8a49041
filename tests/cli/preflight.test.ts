import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type PreflightOptions, preflight, preflightTable } from "../../lib/cli/preflight";
import { checkDocker } from "../../lib/cli/preflight/docker";
import { checkClusterName } from "../../lib/cli/preflight/kind-cluster";
import { checkPlugins } from "../../lib/cli/preflight/plugins";
import { checkPulumi } from "../../lib/cli/preflight/pulumi";
import { type Execute, type Execution, executor } from "../../lib/common/process";
import { temporaryDirectory } from "../plan/fixture";

const ended = (stdout: string, code = 0, stderr = ""): Execution => ({ kind: "ended", code, stdout, stderr });
const absent: Execution = { kind: "absent" };
const timeout: Execution = { kind: "timeout" };

/** An executor that answers command lines by prefix; other commands are absent. */
function answering(answers: { [beginning: string]: Execution }): Execute & { calls: string[] } {
  const calls: string[] = [];
  const execute = async (command: string, args: readonly string[]) => {
    const line = [command, ...args].join(" ");
    calls.push(line);
    return Object.entries(answers).find(([beginning]) => line.startsWith(beginning))?.[1] ?? absent;
  };
  return Object.assign(execute, { calls });
}

const dockerInfo = (memoryGiB: number) =>
  ended(JSON.stringify({ ServerVersion: "28.1", NCPU: 4, MemTotal: memoryGiB * 2 ** 30 }));

for (const [name, execution, ok, found, fix] of [
  ["there", dockerInfo(8), true, /^28\.1, 4 CPUs, 8\.0 GiB$/, undefined],
  ["a machine sold with 4 GiB", dockerInfo(3.8), true, /3\.8 GiB$/, undefined],
  ["too little memory", dockerInfo(2), false, /2\.0 GiB of the 4 GiB needed/, /at least 4 GiB/],
  ["no command", absent, false, /no docker command/, /install Docker/],
  ["hanging", timeout, false, /does not answer/, /restart/],
  [
    "not running",
    ended("", 1, "\nCannot connect to the Docker daemon at x\n"),
    false,
    /not running/,
    /Cannot connect to the Docker daemon/,
  ],
  ["not running, said in JSON", ended('{"ServerErrors":["Cannot connect"]}'), false, /not running/, /Cannot connect/],
  [
    "not allowed",
    ended("", 1, "permission denied while trying to connect"),
    false,
    /permission denied/,
    /usermod -aG docker/,
  ],
  ["gibberish", ended("no json"), false, /not running/, /gave no answer/],
] as const) {
  test(`Docker: ${name}`, async () => {
    const finding = await checkDocker(answering({ "docker info": execution }));
    assert.equal(finding.ok, ok);
    assert.match(finding.found, found);
    if (fix) assert.match(finding.fix ?? "", fix);
    else assert.equal(finding.fix, undefined);
  });
}

for (const [name, execution, owned, ok, found] of [
  ["free", ended(""), false, true, "free"],
  ["ours", ended("c-control-plane running\nc-worker running\n"), true, true, "this stack's own"],
  ["ours, gone behind Pulumi's back", ended(""), true, false, "this stack's own, and gone"],
  ["ours, stopped", ended("c-control-plane running\nc-worker exited\n"), true, false, "this stack's own, and stopped"],
  ["somebody's", ended("c-control-plane running\n"), false, false, "taken by a cluster that is not this stack's"],
  ["unknown, since docker fails", ended("", 1, "boom"), false, false, "cannot be looked up"],
  ["unknown, since docker hangs", timeout, false, false, "cannot be looked up"],
] as const) {
  test(`cluster name: ${name}`, async () => {
    const finding = await checkClusterName(answering({ "docker ps": execution }), "c", async () =>
      owned ? "c" : undefined,
    );
    assert.equal(finding.ok, ok);
    assert.equal(finding.found, found);
    assert.equal(finding.fix === undefined, ok);
  });
}

test("cluster name: without one, a new name is generated and then stays the stack's own", async () => {
  const docker = answering({ "docker ps": ended("meshfence-0badcafe-control-plane running\n") });
  const fresh = await checkClusterName(docker, undefined, async () => undefined);
  assert.deepEqual([fresh.ok, fresh.what, fresh.found], [true, "kind cluster name", "a new one, with a random suffix"]);
  assert.deepEqual(docker.calls, [], "there is nothing to collide with");
  const kept = await checkClusterName(docker, undefined, async () => "meshfence-0badcafe");
  assert.deepEqual(
    [kept.ok, kept.what, kept.found],
    [true, 'kind cluster name "meshfence-0badcafe"', "this stack's own"],
  );
  assert.match(docker.calls.join(), /label=io\.x-k8s\.kind\.cluster=meshfence-0badcafe /);
  const taken = await checkClusterName(docker, "meshfence", async () => "meshfence-0badcafe");
  assert.equal(
    taken.found,
    "taken by a cluster that is not this stack's",
    "the configuration changes the name to one that is taken",
  );
});

const failing = async () => {
  throw new Error("getaddrinfo ENOTFOUND\n at x");
};
for (const [name, execution, install, ok, found, fix] of [
  ["there", ended("v3.259.0\n"), undefined, true, "v3.259.0", undefined],
  ["too old", ended("v3.99.0\n"), undefined, false, "v3.99.0 is too old", /update to 3\.249\.0/],
  ["broken", ended("", 127, "bad interpreter"), undefined, false, "does not run", /bad interpreter/],
  ["hanging", timeout, undefined, false, "`pulumi version` does not answer", /reinstall it/],
  ["absent", absent, undefined, false, "no pulumi command", /install Pulumi/],
  ["installed", absent, async () => "/x/bin/pulumi", true, "installed for meshfence", undefined],
  ["not to be had", absent, failing, false, "not found, and could not be installed", /ENOTFOUND$/],
] as const) {
  test(`Pulumi CLI: ${name}`, async () => {
    const finding = await checkPulumi(answering({ "pulumi version": execution }), install);
    assert.equal(finding.ok, ok);
    assert.equal(finding.found, found);
    assert.equal(finding.command !== undefined, ok);
    if (fix) assert.match(finding.fix ?? "", fix);
  });
}

test("installs missing plugins, and names those it cannot install with the command", async () => {
  const plugins = [
    { name: "kubernetes", version: "4.34.2" },
    { name: "tls", version: "5.6.1" },
  ];
  const list = ended(JSON.stringify([{ name: "tls", kind: "resource", version: "5.6.1" }]));
  const got = answering({ "pulumi plugin ls": list, "pulumi plugin install": ended("") });
  assert.equal((await checkPlugins({ execute: got, command: "pulumi", plugins, env: {} })).ok, true);
  assert.deepEqual(got.calls.slice(1), ["pulumi plugin install resource kubernetes 4.34.2"]);

  const refused = answering({
    "pulumi plugin ls": list,
    "pulumi plugin install": ended("", 255, "retry 1\nerror: no route\n"),
  });
  const finding = await checkPlugins({ execute: refused, command: "pulumi", plugins, env: {} });
  assert.equal(finding.found, "cannot get kubernetes 4.34.2");
  assert.match(finding.fix ?? "", /pulumi plugin install resource kubernetes 4\.34\.2\. It said: error: no route$/);

  assert.equal(
    (await checkPlugins({ execute: answering({ "pulumi plugin ls": timeout }), command: "pulumi", plugins, env: {} }))
      .found,
    "cannot be listed",
  );
  const slow = answering({ "pulumi plugin ls": list, "pulumi plugin install": timeout });
  assert.equal((await checkPlugins({ execute: slow, command: "pulumi", plugins, env: {} })).ok, false);
});

test("a plugin on the PATH, which Pulumi runs before any other, is not installed, unless Pulumi is told to pass it over", async () => {
  const PATH = temporaryDirectory();
  writeFileSync(path.join(PATH, "pulumi-resource-kubernetes"), "", { mode: 0o755 });
  const plugins = [{ name: "kubernetes", version: "4.34.2" }];
  const answers = { "pulumi plugin ls": ended("[]"), "pulumi plugin install": ended("", 255, "error: no route") };
  const there = answering(answers);
  const what = "Pulumi plugins";
  assert.deepEqual(await checkPlugins({ execute: there, command: "pulumi", plugins, env: { PATH } }), {
    ...{ what, ok: true, found: "kubernetes on the PATH" },
  });
  assert.deepEqual(there.calls, ["pulumi plugin ls --json"]);
  const passedOver = { PATH, PULUMI_IGNORE_AMBIENT_PLUGINS: "true" };
  assert.equal(
    (await checkPlugins({ execute: answering(answers), command: "pulumi", plugins, env: passedOver })).ok,
    false,
  );
});

const options = (execute: Execute, overrides: Partial<PreflightOptions> = {}): PreflightOptions => ({
  clusterName: "meshfence",
  plugins: [],
  execute,
  installPulumi: () => Promise.reject(new Error("must not be called")),
  own: () => Promise.resolve(undefined),
  ...overrides,
});
const all = {
  "docker info": dockerInfo(8),
  "docker ps": ended(""),
  "pulumi version": ended("v3.259.0"),
  "pulumi plugin ls": ended("[]"),
};

test("if nothing is missing, returns the Pulumi command to use", async () => {
  const { checks, command } = await preflight(options(answering(all)));
  assert.equal(command, "pulumi");
  assert.deepEqual(
    checks.map(({ ok }) => ok),
    [true, true, true, true],
  );
});

test("without Docker, downloads nothing and still reports all four checks", async () => {
  const { checks, command } = await preflight(options(answering({})));
  assert.equal(command, undefined);
  const [docker, cluster, pulumi, plugins] = preflightTable(checks).split("\n");
  assert.match(docker ?? "", /^ {2}missing {2}Docker +no docker command$/);
  assert.match(cluster ?? "", /^ {2}missing {2}kind cluster name "meshfence" +not checked without Docker$/);
  assert.match(pulumi ?? "", /^ {2}missing {2}Pulumi CLI +no pulumi command$/);
  assert.match(plugins ?? "", /^ {2}missing {2}Pulumi plugins +not checked without the Pulumi CLI$/);
  assert.match(preflightTable(checks), /\n\nTo do:\n {2}Docker: install Docker .*\n {2}Pulumi CLI: install Pulumi .*$/);
});

test("with Docker, installs a missing CLI and uses it for the other checks", async () => {
  const asked: string[] = [];
  const { "pulumi version": _, ...withoutPulumi } = all;
  const execute = answering({
    ...withoutPulumi,
    "docker ps": ended("node running\n"),
    "/p/bin/pulumi plugin ls": ended("[]"),
  });
  const { command } = await preflight(
    options(execute, {
      installPulumi: async () => "/p/bin/pulumi",
      own: async (pulumi) => {
        asked.push(pulumi);
        return "meshfence";
      },
    }),
  );
  assert.equal(command, "/p/bin/pulumi");
  assert.deepEqual(asked, ["/p/bin/pulumi"]);
});

test("the table fits in 80 columns", () => {
  const table = preflightTable([{ what: "Docker", ok: false, found: "x".repeat(200) }]);
  assert.equal(table.length, 80);
});

test("compares the Pulumi CLI's version by its numbers", async () => {
  const found = async (version: string) => (await checkPulumi(async () => ended(`${version}\n`, 0))).ok;
  for (const version of ["v3.249.0", "v3.249.1-alpha.1", "3.1000.0", "v4.0.0"])
    assert.ok(await found(version), version);
  for (const version of ["v3.99.9", "v3.248.7", "v2.300.0", "dev", ""]) assert.ok(!(await found(version)), version);
});

test("the executor distinguishes an exit, a missing command, a time-out and an overlong answer", async () => {
  const execute = executor();
  assert.deepEqual(await execute(process.execPath, ["-e", "console.log(1); process.exit(3)"], 20), ended("1\n", 3));
  assert.deepEqual(await execute("meshfence-no-such-command", [], 20), absent);
  assert.deepEqual(await execute(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], 0.3), timeout);
  const long = "process.stdout.write('x'.repeat(2 ** 24 + 1)); setTimeout(() => {}, 60000)";
  assert.deepEqual(await execute(process.execPath, ["-e", long], 20), { kind: "overlong" });
});
