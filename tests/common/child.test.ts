import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { runChild } from "../../lib/common/child";

const posix = { skip: process.platform === "win32" ? "Windows has no process groups" : false };
const running = (args: string) => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n").includes(args);

test(
  "returns a program's status and output, with or without a shell, and 127 if there is no such program",
  posix,
  async () => {
    const said = await runChild("sh", ["-c", "echo out; echo err >&2; exit 3"], {}, "SIGKILL");
    assert.deepEqual(said, { status: 3, output: "out\n", errors: "err\n" });
    const { output } = await runChild("echo a 'b  c' | cat", [], { shell: true }, "SIGKILL");
    assert.equal(output, "a b  c\n");
    assert.equal((await runChild("no-such-program", ["$(id)"], {}, "SIGKILL")).status, 127);
  },
);

test("ends a program that runs too long or prints too much, with all that it started", posix, async () => {
  const sleep = `sleep 95.${process.pid}`;
  const long = await runChild("sh", ["-c", `${sleep} & wait`], { timeoutSeconds: 0.1 }, "SIGTERM");
  assert.deepEqual([long.status, long.exceeded], [1, "timeout"]);
  const much = await runChild("yes", [], { maxOutputBytes: 1 << 20 }, "SIGTERM");
  assert.equal(much.exceeded, "output");
  assert.ok(much.output.length <= 1 << 20);
  assert.equal(running(sleep), false);
});

test("ends a program if this process is killed, but not the daemons that it started", posix, async () => {
  const sleeps = [`sleep 94.${process.pid}`, `sleep 93.${process.pid}`];
  const module = JSON.stringify(path.join(__dirname, "..", "..", "dist", "common", "child.js"));
  const script = `require(${module}).runChild("sh", ["-c", "${sleeps[0]} & wait"], {}, "SIGTERM")`;
  const parent = spawn(process.execPath, ["-e", script]);
  while (!running(sleeps[0] ?? "")) await wait(20);
  parent.kill("SIGKILL");
  await once(parent, "close");
  for (let tries = 0; running(sleeps[0] ?? "") && tries < 100; tries++) await wait(20);
  assert.equal(running(sleeps[0] ?? ""), false);
  const daemon = await runChild("sh", ["-c", `${sleeps[1]} >/dev/null 2>&1 & echo $!`], {}, "SIGTERM");
  await wait(50);
  assert.equal(running(sleeps[1] ?? ""), true);
  process.kill(Number(daemon.output));
});

test("kills a program that ignores SIGTERM soon after this process is interrupted", posix, async () => {
  const sleep = `sleep 92.${process.pid}`;
  const module = JSON.stringify(path.join(__dirname, "..", "..", "dist", "common", "child.js"));
  const script = `require(${module}).runChild("sh", ["-c", "trap '' TERM; ${sleep}"], {}, "SIGTERM")`;
  const parent = spawn(process.execPath, ["-e", script]);
  while (!running(sleep)) await wait(20);
  parent.kill("SIGTERM");
  await once(parent, "close");
  for (let tries = 0; running(sleep) && tries < 500; tries++) await wait(20);
  assert.equal(running(sleep), false);
});

test("with killsBackground, also ends what the program left in the background", posix, async () => {
  const sleep = `sleep 91.${process.pid}`;
  const line = `trap '' TERM; ${sleep} >/dev/null 2>&1 & echo begun`;
  const { status, output } = await runChild("sh", ["-c", line], { killsBackground: true }, "SIGTERM");
  assert.deepEqual([status, output], [0, "begun\n"]);
  for (let tries = 0; running(sleep) && tries < 100; tries++) await wait(20);
  assert.equal(running(sleep), false);
});
