import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, test } from "node:test";
import { posix } from "../support/ended-early";
import {
  assertAllLost,
  closedAfter,
  closedAtOnce,
  everyCommand,
  full,
  inFormats,
  intoFull,
  isFull,
  muchToSay,
} from "./lost-output";

const all = everyCommand();
after(async () => (await all).close());

// Every command in every format: output.check.ts.
test("a command takes no answer that nobody reads for one", posix, async () => {
  const some = (await all).commands.filter(({ name }) => ["--help", "reach", "diff", "replay"].includes(name));
  assert.equal(some.length, 4);
  await assertAllLost(inFormats(some, false), closedAtOnce);
});

test("a full disk ends in words, and with a status that is no answer", full, async () => {
  const some = (await all).commands.filter(({ name }) => ["--help", "diff"].includes(name));
  assert.equal(some.length, 2);
  await assertAllLost(some, intoFull, isFull);
});

const much = muchToSay();
for (const [bytes, ...args] of [
  [1, "reach", much, "--format", "html"],
  [65_536, "lint", much, "--format", "sarif"],
] as const)
  test(`an answer of which ${bytes} bytes were read is not said to be given`, posix, () =>
    assertAllLost([{ name: args[0], args }], (one) => closedAfter(bytes, one)),
  );

test("problems that nobody reads are no fault of the program", async () => {
  const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
  for (const streams of [["stderr"] as const, ["stdout", "stderr"] as const]) {
    const child = spawn(process.execPath, [main, "reach", "nowhere.yaml"], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of streams) child[stream].destroy();
    assert.deepEqual(await once(child, "exit"), [2, null]);
  }
});
