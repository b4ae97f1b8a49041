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
  "runs-on": string;
  strategy?: { matrix: { [dimension: string]: unknown[] } };
  steps: Step[];
}
interface Step {
  uses?: string;
  run?: string;
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

  test(`${file} says which rights it needs, and pins actions by their major version`, () => {
    assert.ok(workflow.permissions !== undefined, "without permissions a workflow has all that the repository grants");
    const others = steps.flatMap(({ uses }) => (uses === undefined || uses.startsWith("./") ? [] : [uses]));
    assert.deepEqual(
      others.filter((uses) => !/^[\w-]+\/[\w./-]+@v\d+$/.test(uses)),
      [],
    );
  });
}

test("CI covers each Node that Pulumi supports on Linux and macOS, Cilium's own engine, the package, and a real cluster", () => {
  const jobs: Workflow["jobs"] = workflows.find(({ file }) => file === "ci.yml")?.workflow.jobs ?? {};
  assert.deepEqual(jobs.test?.strategy?.matrix, {
    os: ["ubuntu-latest", "macos-latest"],
    node: ["22", "24", "current"],
  });
  const runs = (job: string) =>
    (jobs[job]?.steps ?? []).flatMap(({ run }): string[] => (run === undefined ? [] : [run]));
  assert.ok(runs("test").includes("npm test"));
  assert.ok(runs("package").includes("npm run check:package"));
  assert.ok(runs("oracle").includes("bash tests/oracle/run"));
  assert.ok(runs("e2e").includes("npm run test:e2e"));
});
