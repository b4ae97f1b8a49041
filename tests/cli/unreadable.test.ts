import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { meshfenceShared } from "../support/meshfence";
import { all, problemsOf, root, ways } from "./unreadable";

test("no command exits with 0 or 1 if its input was not read whole, and each names what is missing", async () => {
  const wrong = [];
  for (const name of all) wrong.push(...(await problemsOf("reach", name)));
  // unreadable.check.ts covers every file in every way.
  for (const way of Object.keys(ways)) wrong.push(...(await problemsOf(way, "nul.yaml")));
  assert.deepEqual(wrong, []);
});

test("reads a pipe to its end", async () => {
  const writer = spawn("sh", ["-c", "cat good.yaml > ends.yaml"], { cwd: root });
  const { status, stdout } = await meshfenceShared(["reach", "ends.yaml", "--max-wait", "5"], { cwd: root });
  writer.kill();
  assert.deepEqual([status, /1 workload/.test(stdout)], [0, true]);
});

test("refuses a file above the size limit, and names the option that raises it", async () => {
  const said = await meshfenceShared(["reach", "good.yaml", "--max-size", "0.0001"], { cwd: root });
  assert.equal(said.status, 2);
  assert.match(said.stderr, /good\.yaml: cannot be read: .*raise --max-size/);
});
