import assert from "node:assert/strict";
import { test } from "node:test";
import { assertEndsSoon, posix, signals, untilRunning } from "../support/ended-early";
import { KilledDiff } from "./killed-diff";

test(
  "diff --git ends its child processes when interrupted while rendering, and the next one cleans up",
  posix,
  async () => {
    // SIGKILL first, then SIGTERM. killed-diff.check.ts covers each signal at any moment.
    const ends = (["SIGINT", "SIGKILL"] as const).map(async (signal) => {
      const seconds = `92.${process.pid}${signals.indexOf(signal)}`;
      const killed = new KilledDiff(seconds);
      const end = await killed.run(signal, (over) => untilRunning(`sleep ${seconds}`, over));
      assert.equal(end.status ?? end.by, { SIGINT: 130, SIGKILL: "SIGKILL" }[signal], end.said);
      await assertEndsSoon(`sleep ${seconds}`, `${signal} left a child`);
      if (signal !== "SIGKILL") killed.assertNothingLeft(signal);
      else {
        const next = await killed.run("SIGTERM", (over) => untilRunning(`sleep ${seconds}`, over));
        assert.equal(next.status, 143, next.said);
        killed.assertNothingLeft("after the next run");
      }
    });
    await Promise.all(ends);
  },
);
