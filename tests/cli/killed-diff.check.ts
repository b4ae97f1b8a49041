import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertEnded, never, posix, signals } from "../support/ended-early";
import { KilledDiff } from "./killed-diff";

for (const signal of signals)
  test(`the next run cleans up after diff --git that got ${signal} at any of 50 random moments`, posix, async () => {
    const seconds = `0.2${process.pid}`;
    const killed = new KilledDiff(seconds);
    const start = Date.now();
    const whole = await killed.run(signal, never);
    assert.equal(whole.status, 0, whole.said);
    const time = Date.now() - start;
    for (let round = 0; round < 50; round++) {
      const moment = Math.random() * time;
      const what = `${signal} after ${Math.round(moment)} of ${time} ms`;
      assertEnded(await killed.run(signal, () => wait(moment)), signal, [0], what);
      if (signal !== "SIGKILL") killed.assertNothingLeft(what);
    }
    await killed.assertProgramsEnd(seconds);
    await killed.run(signal, never);
    killed.assertNothingLeft("after the last run");
  });
