import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";
import { posix } from "../support/ended-early";
import { assertAllLost, closedAtOnce } from "./lost-output";

// output.check.ts covers every command in every format, and a full disk.
test("a command whose answer nobody reads does not report success", posix, () =>
  assertAllLost([{ name: "--help", args: ["--help"] }], closedAtOnce),
);

test("a closed error stream is not reported as a bug", async () => {
  const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
  const child = spawn(process.execPath, [main, "reach", "nowhere.yaml"], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of ["stdout", "stderr"] as const) child[stream].destroy();
  assert.deepEqual(await once(child, "exit"), [2, null]);
});
