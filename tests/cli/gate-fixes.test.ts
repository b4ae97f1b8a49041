import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";

const fixtures = path.join(__dirname, "fixtures");
const diff = (cwd: string, ...args: string[]) => meshfenceShared(["diff", "before", "after", ...args], { cwd });

test("a gate that is shut says which change opens it again, and with that change it passes", async () => {
  const folder = temporaryDirectory();
  for (const side of ["before", "after"])
    cpSync(path.join(fixtures, side), path.join(folder, side), { recursive: true });
  const gate = ["--fail-on", "opened:world"];
  const { status, stdout } = await diff(folder, ...gate);
  assert.equal(status, 1);
  assert.match(
    stdout,
    /^To close world → shop\/web TCP 8080 again \(--fail-on opened:world\)\n {2}to close - take out rule 1 of shop\/web$/m,
  );
  assert.match(stdout, /Checked: it closes this and nothing else\./);
  const { stdout: json } = await diff(folder, ...gate, "--format", "json");
  const [fix, ...others] = JSON.parse(json).fixes;
  assert.deepEqual([others, fix.gate, fix.edge.from, fix.edge.to], [[], "opened:world", "world", "shop/web"]);
  writeFileSync(path.join(folder, "fix.patch"), fix.change.patch);
  const applied = spawnSync("git", ["apply", "fix.patch"], { cwd: folder, encoding: "utf8" });
  assert.deepEqual([applied.status, applied.stderr], [0, ""]);
  assert.equal((await diff(folder, ...gate)).status, 0);
});

test("what closed is opened again by the change that a gate on it proposes; no gate, no proposal", async () => {
  const { stdout } = await diff(fixtures, "--fail-on", "closed:shop/db");
  assert.match(stdout, /^To open batch\/report → shop\/db TCP 5432 again \(--fail-on closed:shop\/db\)$/m);
  assert.match(stdout, /to open {2}- add batch\/report to rule 1 of shop\/db/);
  for (const format of ["text", "markdown", "json"])
    assert.doesNotMatch((await diff(fixtures, "--format", format)).stdout, / again \(|"fixes"/);
});

test("the comment folds the change away, with its patch", async () => {
  const { stdout } = await diff(fixtures, "--fail-on", "opened", "--format", "markdown");
  assert.match(
    stdout,
    /<details><summary>To close world → shop\/web TCP 8080 again \(fail-on opened\)<\/summary>\n\n- take out rule 1 of shop\/web\n/,
  );
  assert.match(stdout, /```diff\n--- a\/after\/policies\.yaml\n/);
});
