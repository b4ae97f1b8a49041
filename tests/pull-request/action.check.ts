import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { temporaryDirectory } from "../plan/fixture";
import { programs } from "../support/ended-early";
import { repository } from "./repository";

const folder = path.join(__dirname, "..", "..", "action");
const { inputs, runs } = parse(readFileSync(path.join(folder, "action.yml"), "utf8")) as {
  inputs: { [name: string]: { default: string } };
  runs: { steps: { id?: string; run?: string; env?: { [name: string]: string } }[] };
};

/** Runs the comparing step as a runner would, in its own shell, with these inputs. */
function compare(root: string, given: { [input: string]: string }) {
  const step = runs.steps.find(({ id }) => id === "compare");
  assert.ok(step?.run !== undefined);
  const inputOf = (expression: string) => {
    const name = /inputs\.([\w-]+)/.exec(expression)?.[1] ?? "";
    return given[name] ?? inputs[name]?.default ?? "";
  };
  const temporary = temporaryDirectory();
  const files = Object.fromEntries(
    ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"].map((name) => [name, path.join(temporary, name)]),
  );
  const evil = programs({ meshfence: "touch $EVIL", npx: "touch $EVIL", npm: "touch $EVIL" });
  const { stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
    cwd: root,
    encoding: "utf8",
    env: {
      ...process.env,
      ...files,
      ...Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, inputOf(text)])),
      PATH: `${path.join(root, "node_modules", ".bin")}:${evil}:${process.env.PATH}`,
      EVIL: path.join(temporary, "evil"),
      RUNNER_TEMP: temporary,
      GITHUB_ACTION_PATH: folder,
    },
  });
  return {
    stderr,
    outputs: readFileSync(files.GITHUB_OUTPUT ?? "", "utf8"),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY ?? "", "utf8"),
    evil: existsSync(path.join(temporary, "evil")),
    temporary,
  };
}

test("the action runs its own meshfence, even if the change brings another", () => {
  const root = repository({ ports: [80] }, { ports: [80, 90] });
  for (const place of ["node_modules/meshfence/dist/cli", "dist/cli"]) {
    mkdirSync(path.join(root, place), { recursive: true });
    writeFileSync(path.join(root, place, "main.js"), "require('node:fs').writeFileSync(process.env.EVIL, '')");
  }
  const { outputs, summary, evil, stderr } = compare(root, { base: "HEAD~1", program: "shop", "fail-on": "opened\n" });
  assert.equal(evil, false);
  assert.match(outputs, /^status=1$/m, stderr);
  assert.match(summary, /^<!-- meshfence pr shop -->\n[\s\S]*1 opened/);
});

test("a live preview of any size reaches the comment, through a file", () => {
  const root = repository({ ports: [80] }, { ports: [80, 90] });
  const temporary = temporaryDirectory();
  const text = `~ shop: ${"x".repeat(120)}\n`.repeat(10_000);
  const pulumi = programs({ pulumi: `cat ${path.join(temporary, "said")}` });
  writeFileSync(path.join(temporary, "said"), text);
  const preview = runs.steps.find(({ run }) => run?.startsWith("pulumi preview"));
  const { status } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", preview?.run ?? "exit 9"], {
    cwd: root,
    env: { ...process.env, PATH: `${pulumi}:${process.env.PATH}`, LIVE_STACK: "a/b/c", RUNNER_TEMP: temporary },
    stdio: "ignore",
  });
  assert.equal(status, 0);
  assert.equal(readFileSync(path.join(temporary, "live.txt"), "utf8"), text);
});

test("the GitLab template writes the same comment, and a Code Quality report that GitLab accepts", () => {
  const root = repository({ ports: [80] }, { ports: [80, 90] });
  const [, jobs] = parseAllDocuments(readFileSync(path.join(folder, "..", "gitlab", "meshfence.yml"), "utf8"));
  assert.ok(jobs !== undefined);
  const { meshfence } = jobs.toJS() as { meshfence: { script: string[] } };
  const temporary = temporaryDirectory();
  const script = (meshfence.script.at(-1) ?? "")
    .replaceAll("/opt/meshfence/node_modules/meshfence", path.join(folder, ".."))
    .replaceAll("/tmp/meshfence.sh", path.join(temporary, "meshfence.sh"));
  const { status, stderr } = spawnSync("sh", ["-ec", script], {
    cwd: root,
    encoding: "utf8",
    env: {
      ...process.env,
      ...{ CI_PROJECT_DIR: root, CI_MERGE_REQUEST_DIFF_BASE_SHA: "HEAD~1", PROGRAM: "shop", FAIL_ON: "opened\n" },
      ...{ BASE: "", STACK: "", CONFIG: "", PREPARE: "", ALLOW_UNSEEN: "false", RENDER: "auto", TRAFFIC: "" },
    },
  });
  assert.equal(status, 1, stderr);
  assert.match(readFileSync(path.join(root, "meshfence", "comment.md"), "utf8"), /1 opened/);
  const issues = JSON.parse(readFileSync(path.join(root, "meshfence", "codequality.json"), "utf8")) as {
    [field: string]: unknown;
    location: { path: string; lines: { begin: number } };
  }[];
  assert.equal(issues.length, 1);
  for (const { description, check_name, fingerprint, severity, location } of issues) {
    for (const field of [description, check_name, fingerprint]) assert.ok(typeof field === "string" && field !== "");
    assert.ok(["info", "minor", "major", "critical", "blocker"].includes(String(severity)));
    assert.ok(existsSync(path.join(root, location.path)), location.path);
    assert.ok(Number.isInteger(location.lines.begin) && location.lines.begin > 0);
  }
});
