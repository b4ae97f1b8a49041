import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertEnded, never, posix, signals } from "../support/ended-early";
import { KilledUp } from "./killed-up";

for (const command of ["up", "down"] as const)
  for (const signal of signals)
    test(`the next run cleans up after ${command} that got ${signal} at any of 50 random moments`, posix, async () => {
      const seconds = `0.3${process.pid}`;
      const killed = new KilledUp(seconds);
      await killed.run("up", signal, never);
      const start = Date.now();
      const whole = await killed.run(command, signal, never);
      assert.ok([0, 1].includes(whole.status ?? -1), whole.said);
      const time = Date.now() - start;
      for (let round = 0; round < 50; round++) {
        if (command === "down") await killed.run("up", signal, never);
        const moment = Math.random() * time;
        const what = `${command}, ${signal} after ${Math.round(moment)} of ${time} ms`;
        assertEnded(await killed.run(command, signal, () => wait(moment)), signal, [0, 1], what);
        await killed.assertProgramsEnd(seconds, what);
        if (signal !== "SIGKILL") killed.assertNothingLeft(what);
      }
      const last = await killed.run("up", signal, never);
      assert.ok([0, 1].includes(last.status ?? -1), last.said);
      killed.assertNothingLeft("after the last run");
    });
