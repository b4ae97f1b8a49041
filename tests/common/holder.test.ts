import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";
import { hasEnded, ownHolder } from "../../lib/common/holder";

const holder = path.join(__dirname, "..", "..", "dist", "common", "holder.js");

test("a running process has not ended, and a killed one has", async () => {
  assert.equal(hasEnded(ownHolder()), false);
  const say = `process.stdout.write(require(${JSON.stringify(holder)}).ownHolder()); setInterval(() => {}, 1e6)`;
  const child = spawn(process.execPath, ["-e", say], { stdio: ["ignore", "pipe", "ignore"] });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  assert.equal(hasEnded(String(said)), false);
  child.kill("SIGKILL");
  await once(child, "close");
  assert.equal(hasEnded(String(said)), true);
});

test("hasEnded is false for processes on other machines and for names that are not a process", () => {
  const [machine, namespace, , begin] = ownHolder().split("_");
  const gone = 2 ** 22 + 1;
  assert.equal(hasEnded([machine, namespace, gone, begin].join("_")), true);
  assert.equal(hasEnded(["0123456789abcdef", namespace, gone, begin].join("_")), false);
  assert.equal(hasEnded([machine, "1", gone, begin].join("_")), false);
  for (const none of ["", "a", `${machine}_${namespace}`, `${machine}_${namespace}__1`, `${machine}_${namespace}_x_1`])
    assert.equal(hasEnded(none), false, none);
});

test("a reused process id does not count as running", { skip: process.platform !== "linux" }, () => {
  const [machine, namespace, pid] = ownHolder().split("_");
  assert.equal(hasEnded([machine, namespace, pid, "1"].join("_")), true);
});
