import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import manifest from "../../package.json";

const root = path.join(__dirname, "../..");
const folder = path.join(root, ".github/workflows");

interface Workflow {
  on: unknown;
  permissions: unknown;
  jobs: { [name: string]: Job };
}
interface Job {
  permissions?: { [scope: string]: string };
  "runs-on": string;
  strategy?: { matrix: { [dimension: string]: unknown[] } };
  steps: Step[];
}
interface Step {
  uses?: string;
  run?: string;
  with?: { [name: string]: unknown };
}

const workflows = readdirSync(folder).map((file) => ({
  file,
  workflow: parse(readFileSync(path.join(folder, file), "utf8")) as Workflow,
}));

for (const { file, workflow } of workflows) {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const commands = steps.flatMap(({ run }) => (run === undefined ? [] : run.split("\n")));

  test(`${file} runs only what there is to run`, () => {
    assert.ok(steps.length > 0);
    const missing = commands.flatMap((command) => [
      ...[...command.matchAll(/\bnpm run (?:--\S+ )*([\w:.-]+)/g)]
        .map((match) => match[1] ?? "")
        .filter((script) => !Object.hasOwn(manifest.scripts, script))
        .map((script) => `npm run ${script}`),
      ...[...command.matchAll(/\bbash (\S+)/g)]
        .map((match) => match[1] ?? "")
        .filter((script) => !script.startsWith("-") && !script.includes("$") && !existsSync(path.join(root, script))),
    ]);
    assert.deepEqual(missing, []);
  });

  test(`${file} says which rights it needs, and pins actions by commit`, () => {
    assert.ok(workflow.permissions !== undefined, "without permissions a workflow has all that the repository grants");
    const others = steps.flatMap(({ uses }) => (uses === undefined || uses.startsWith("./") ? [] : [uses]));
    assert.deepEqual(
      others.filter((uses) => !/^[\w-]+\/[\w./-]+@[\da-f]{40}$/.test(uses)),
      [],
    );
  });
}

test("no checkout leaves its token where later steps could read it", () => {
  const checkouts = workflows.flatMap(({ file, workflow }) =>
    Object.values(workflow.jobs).flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")).map((step) => ({ file, step })),
    ),
  );
  assert.ok(checkouts.length > 5);
  assert.deepEqual(
    checkouts.filter(({ step }) => step.with?.["persist-credentials"] !== false).map(({ file }) => file),
    [],
  );
});

test("what publishes runs none of what it publishes, and takes nothing out of a cache", () => {
  const jobs: Workflow["jobs"] = workflows.find(({ file }) => file === "publish.yml")?.workflow.jobs ?? {};
  const privileged = Object.values(jobs).filter(({ permissions }) => permissions?.["id-token"] === "write");
  assert.equal(privileged.length, 1);
  const steps = privileged.flatMap((job) => job.steps);
  assert.ok(!steps.some(({ uses }) => uses?.startsWith("actions/checkout@")));
  assert.deepEqual(
    steps.flatMap(({ run }) => (run === undefined ? [] : [run])),
    ["npm publish --ignore-scripts --provenance --access public package/*.tgz"],
  );
  const nodes = Object.values(jobs).flatMap((job) => job.steps.filter(({ uses }) => uses?.includes("/setup-node@")));
  assert.ok(nodes.every((step) => step.with?.["package-manager-cache"] === false && step.with.cache === undefined));
});

test("CI covers each Node that Pulumi supports on Linux and macOS, Cilium's own engine, the package, the examples, and a real cluster", () => {
  const jobs: Workflow["jobs"] = workflows.find(({ file }) => file === "ci.yml")?.workflow.jobs ?? {};
  assert.deepEqual(jobs.test?.strategy?.matrix, {
    os: ["ubuntu-latest", "macos-latest"],
    node: ["22", "24", "26"],
  });
  const runs = (job: string) =>
    (jobs[job]?.steps ?? []).flatMap(({ run }): string[] => (run === undefined ? [] : [run]));
  assert.ok(runs("test").includes("npm test"));
  assert.ok(runs("package").includes("npm run check:package"));
  assert.ok(runs("oracle").includes("bash tests/oracle/run"));
  assert.ok(runs("examples").includes("bash tests/examples/run"));
  assert.ok(runs("e2e").includes("npm run test:e2e"));
});
