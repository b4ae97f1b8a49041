import assert from "node:assert/strict";
import { test } from "node:test";
import { assertEndsSoon, never, posix, untilRunning } from "../support/ended-early";
import { KilledUp } from "./killed-up";

test("an interrupted up says that it waits for Pulumi to release the stack", posix, async () => {
  const ends = (["SIGINT", "SIGTERM"] as const).map(async (signal) => {
    const seconds = `91.${process.pid}${signal === "SIGINT" ? 1 : 2}`;
    const killed = new KilledUp(seconds);
    const { status, said } = await killed.run("up", signal, (over) => untilRunning(`sleep ${seconds}`, over));
    assert.equal(status, { SIGINT: 130, SIGTERM: 143 }[signal], said);
    assert.match(said, /^Interrupted: Pulumi finishes what it has begun/m);
    killed.assertNothingLeft(signal);
    await assertEndsSoon(`sleep ${seconds}`, `${signal} left a child`);
  });
  await Promise.all(ends);
});

test("a second up reports that the first is running; the next up cleans up after a killed one", posix, async () => {
  const seconds = `20.${process.pid}`;
  const killed = new KilledUp(seconds);
  const first = killed.run("up", "SIGKILL", async (over) => {
    await untilRunning(`sleep ${seconds}`, over);
    const second = await killed.run("up", "SIGKILL", never);
    assert.equal(second.status, 1, second.said);
    assert.match(second.said, /^error: another update of this stack is in progress; if it was interrupted, run /m);
  });
  assert.equal((await first).by, "SIGKILL");
  for (const lock of killed.locks()) process.kill(Number.parseInt(lock, 10), "SIGKILL");
  killed.takes("0");
  const next = await killed.run("up", "SIGKILL", never);
  assert.equal(next.status, 0, next.said);
  assert.match(next.said, /^Removed the lock of an update that was killed\.$/m);
  killed.assertNothingLeft("after the next run");
});
