import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Killed } from "./killed";
import { pr } from "./support";

const posix = { skip: process.platform === "win32" ? "Windows has no signals" : false };

test("the next run cleans up after pr killed at any of 50 random moments", posix, async () => {
  const killed = new Killed();
  const start = Date.now();
  const whole = pr(killed.root, ["--base", "HEAD~1", "--prepare", "sleep 0.2"], { TMPDIR: killed.temporary });
  assert.equal(whole.status, 0, whole.stderr);
  const time = Date.now() - start;
  for (let round = 0; round < 50; round++) {
    const signal = (["SIGKILL", "SIGTERM", "SIGINT"] as const)[round % 3] ?? "SIGKILL";
    const moment = Math.random() * time;
    const { status, by, said } = await killed.run(signal, () => wait(moment), "--prepare", "sleep 0.2");
    const what = `${signal} after ${Math.round(moment)} of ${time} ms`;
    assert.doesNotMatch(said, /\n {4}at /, what);
    assert.ok(by === signal || [0, 130, 143].includes(status ?? -1), `${what}: ${status} ${by} ${said}`);
  }
  // Child processes of a killed run end by themselves.
  await wait(2000);
  const last = pr(killed.root, ["--base", "HEAD~1"], { TMPDIR: killed.temporary });
  assert.equal(last.status, 0, last.stderr);
  killed.assertNothingLeft("after the last run");
});
