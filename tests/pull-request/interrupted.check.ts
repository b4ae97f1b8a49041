import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertEndsSoon, never, posix, untilRunning } from "../support/ended-early";
import { Killed } from "./killed";

test("an interrupted pr ends its child processes and leaves nothing behind", posix, async () => {
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const killed = new Killed();
    const sleep = `sleep 97.${process.pid}${status}`;
    // The arguments of the run itself must not look like its child's.
    const prepare = sleep.replace("97", "'97'");
    const end = await killed.run(signal, (over) => untilRunning(sleep, over), "--prepare", prepare);
    assert.deepEqual([end.status, end.by], [status, null], end.said);
    killed.assertNothingLeft(signal);
    await assertEndsSoon(sleep, `${signal} left a child`);
  }
});

test("the next pr cleans up after a killed one, and takes nothing from one that is running", posix, async () => {
  const killed = new Killed();
  await killed.run("SIGKILL", (over) => killed.untilLeft(over), "--prepare", "sleep 1");
  const [abandoned = ""] = killed.left();
  assert.match(abandoned, /^meshfence-pr-/);
  const next = await killed.run(
    "SIGTERM",
    async (over) => {
      while (!over.aborted && (killed.left().includes(abandoned) || killed.left().length === 0)) await wait(20);
    },
    "--prepare",
    "sleep 96",
  );
  assert.equal(next.status, 143, next.said);
  killed.assertNothingLeft("after the next run");
});

test("if git was killed while it wrote a worktree's files, the next run repairs the repository", posix, async () => {
  const killed = new Killed();
  await killed.run("SIGKILL", (over) => killed.untilLeft(over), "--prepare", "sleep 1");
  const [abandoned = ""] = killed.left();
  const books = path.join(killed.root, ".git", "worktrees", "tree");
  mkdirSync(books, { recursive: true });
  writeFileSync(path.join(books, "gitdir"), `${path.join(killed.temporary, abandoned, "tree", ".git")}\n`);
  writeFileSync(path.join(books, "locked"), "initializing");
  writeFileSync(path.join(books, "commondir"), "");
  await killed.run("SIGKILL", never);
  killed.assertNothingLeft("after the next run");
});
