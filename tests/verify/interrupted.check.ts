import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { posix } from "../support/ended-early";
import { Killed } from "./killed";

test("an interrupted verify leaves nothing in the cluster", posix, async () => {
  const { killed, server } = await Killed.start();
  try {
    // One after the other: the pod of one does not show that the other has begun.
    for (const [signal, expected] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const { status, said } = await killed.run(signal, (over) => killed.untilOnBehalf(over));
      assert.equal(status, expected, said);
      assert.doesNotMatch(said, /\n {4}at /);
      assert.deepEqual([killed.left(), killed.onBehalf()], [[], []], signal);
    }
  } finally {
    await server.close();
  }
});

test("verify removes what a killed one left, and says so, but keeps what a running one uses", posix, async () => {
  const { killed, server } = await Killed.start();
  try {
    await killed.run("SIGKILL", (over) => killed.untilOnBehalf(over));
    assert.equal(killed.onBehalf().length, 1, "and a pod in the namespace of the CronJob");
    const [abandoned = ""] = killed.left();
    const [made] = killed.objects.filter(({ metadata }) => metadata.name === abandoned);
    assert.ok(made !== undefined, "the killed one left its namespace");
    const holder = { "meshfence.dev/holder": "0123456789abcdef_1_1_1" };
    const elsewhere = { ...made.metadata, name: "meshfence-verify-elsewhere", annotations: holder };
    killed.objects.push({ ...made, metadata: elsewhere });
    const { said } = await killed.run("SIGTERM", async (over) => {
      while (!over.aborted && (killed.left().includes(abandoned) || killed.left().length < 2)) await wait(5);
    });
    assert.match(said, new RegExp(`Removed namespace ${abandoned}, left behind by a verification that was killed\\.`));
    assert.deepEqual(killed.left(), ["meshfence-verify-elsewhere"]);
    assert.deepEqual(killed.onBehalf(), []);
  } finally {
    await server.close();
  }
});
