import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { markUpdate, removeAbandonedLocks } from "../../lib/cli/sandbox/locks";
import { ownHolder } from "../../lib/common/holder";
import { temporaryDirectory } from "../plan/fixture";

/** A process ID that no process has. */
const gone = 2 ** 22 + 1;

/** A state folder with the given locks and marks. */
function state(locks: { pid: number; hostname: string }[], marks: string[]) {
  const directory = temporaryDirectory();
  const folders = {
    locks: path.join(directory, "state", ".pulumi", "locks", "organization", "program", "dev"),
    marks: path.join(directory, "updates", "program", "dev"),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  for (const [at, lock] of locks.entries()) writeFileSync(path.join(folders.locks, `${at}.json`), JSON.stringify(lock));
  for (const mark of marks) writeFileSync(path.join(folders.marks, mark), "");
  const target = { project: { name: "program" }, stack: "dev", state: { directory } };
  return { folders, target: target as unknown as Parameters<typeof removeAbandonedLocks>[0] };
}

test("removes a lock only if this machine knows that every holder has ended", () => {
  const [machine, namespace, , begin] = ownHolder().split("_");
  const ended = [machine, namespace, gone, begin].join("_");
  const elsewhere = ["0123456789abcdef", namespace, gone, begin].join("_");
  const dead = { pid: gone, hostname: hostname() };
  const cases: [string, Parameters<typeof state>, boolean][] = [
    ["a killed update", [[dead], [ended]], true],
    ["Pulumi still runs", [[{ ...dead, pid: process.pid }], [ended]], false],
    ["another machine's Pulumi", [[{ ...dead, hostname: "elsewhere" }], [ended]], false],
    ["another machine's update", [[dead], [ended, elsewhere]], false],
    ["an update that was not ours", [[dead], []], false],
    ["one of two still runs", [[dead, { ...dead, pid: process.pid }], [ended]], false],
  ];
  for (const [what, given, taken] of cases) {
    const { folders, target } = state(...given);
    assert.equal(removeAbandonedLocks(target), taken, what);
    assert.equal(readdirSync(folders.locks).length, taken ? 0 : given[0].length, what);
  }
  assert.equal(removeAbandonedLocks({ ...state([dead], [ended]).target, state: {} as never }), false);
});

test("an update that found the stack free removes the marks of earlier ones", () => {
  const [machine, namespace, , begin] = ownHolder().split("_");
  const ended = [machine, namespace, gone, begin].join("_");
  for (const wasFree of [true, false]) {
    const { folders, target } = state([], [ended]);
    const unmark = markUpdate(target);
    assert.ok(existsSync(path.join(folders.marks, ownHolder())));
    unmark(wasFree);
    assert.deepEqual(readdirSync(folders.marks), wasFree ? [] : [ended]);
  }
});

test("an update removes the lock of its Pulumi process if that was killed, but none in use", () => {
  const dead = { pid: gone, hostname: hostname() };
  const cases: [string, Parameters<typeof state>[0], boolean, boolean][] = [
    ["killed", [dead], true, true],
    ["the stack was locked by another", [dead], false, false],
    ["someone else has begun", [{ ...dead, pid: process.pid }], true, false],
    ["someone else on another machine has begun", [{ ...dead, hostname: "elsewhere" }], true, false],
  ];
  for (const [what, locks, wasFree, removed] of cases) {
    const { folders, target } = state([], []);
    const unmark = markUpdate(target);
    for (const lock of locks) writeFileSync(path.join(folders.locks, "1.json"), JSON.stringify(lock));
    unmark(wasFree);
    assert.equal(readdirSync(folders.locks).length, removed ? 0 : 1, what);
  }
});
