import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertEndsSoon, posix } from "../support/ended-early";
import { Killed } from "./killed";
import { pr } from "./support";

test("the next run cleans up after pr killed at any of 50 random moments", posix, async () => {
  const killed = new Killed();
  const sleep = `sleep 0.2${process.pid}`;
  const start = Date.now();
  const whole = pr(killed.root, ["--base", "HEAD~1", "--prepare", sleep], { TMPDIR: killed.temporary });
  assert.equal(whole.status, 0, whole.stderr);
  const time = Date.now() - start;
  for (let round = 0; round < 50; round++) {
    const signal = (["SIGKILL", "SIGTERM", "SIGINT"] as const)[round % 3] ?? "SIGKILL";
    const moment = Math.random() * time;
    const { status, by, said } = await killed.run(signal, () => wait(moment), "--prepare", sleep);
    const what = `${signal} after ${Math.round(moment)} of ${time} ms`;
    assert.doesNotMatch(said, /\n {4}at /, what);
    assert.ok(by === signal || [0, 130, 143].includes(status ?? -1), `${what}: ${status} ${by} ${said}`);
  }
  for (const folder of [killed.root, killed.temporary]) await assertEndsSoon(folder, "children of a killed run");
  await assertEndsSoon(sleep, "children of a killed run");
  const last = pr(killed.root, ["--base", "HEAD~1"], { TMPDIR: killed.temporary });
  assert.equal(last.status, 0, last.stderr);
  killed.assertNothingLeft("after the last run");
});
