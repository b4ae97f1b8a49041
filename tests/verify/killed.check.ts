import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertEnded, never, posix, signals } from "../support/ended-early";
import { Killed } from "./killed";

for (const signal of signals)
  test(`the next run cleans up after verify that got ${signal} at any of 50 random moments`, posix, async () => {
    const { killed, server } = await Killed.start();
    try {
      const start = Date.now();
      await killed.run(signal, never);
      const time = Date.now() - start;
      for (let round = 0; round < 50; round++) {
        const moment = Math.random() * time;
        const what = `${signal} after ${Math.round(moment)} of ${time} ms`;
        assertEnded(await killed.run(signal, () => wait(moment)), signal, [0, 1], what);
        if (signal !== "SIGKILL") assert.deepEqual([killed.left(), killed.onBehalf()], [[], []], what);
      }
      await killed.run(signal, never);
      assert.deepEqual([killed.left(), killed.onBehalf()], [[], []]);
    } finally {
      await server.close();
    }
  });
