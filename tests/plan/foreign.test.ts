import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { lastLines } from "../../lib/common/last-lines";
import { clippedInside } from "../../lib/common/printable";
import { terminal } from "../hostile/judges";
import { meshfence } from "../support/meshfence";
import { temporaryDirectory } from "./fixture";

const modules = path.join(__dirname, "..", "..", "node_modules", "@pulumi");

/** A program of one file. */
function program(code: string): string {
  const root = temporaryDirectory();
  mkdirSync(path.join(root, "node_modules"));
  symlinkSync(modules, path.join(root, "node_modules", "@pulumi"));
  writeFileSync(path.join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\nmain: index.js\n");
  writeFileSync(path.join(root, "index.js"), code);
  return root;
}

test("escapes a program's output for terminals and GitHub's runner, also if it arrives in pieces", () => {
  const { status, stdout, stderr } = meshfence([
    "plan",
    "--program",
    program(`
      console.log("\\x1b[2J\\x1b]0;title\\x07\\n::error::pwned");
      console.error("##[error]pwned \\u202e");
      process.stdout.write("::er");
      process.stdout.write(Buffer.from("ror::pwned\\n"), () => console.log("told when it was written"));
      process.stderr.write("6c617374", "hex");`),
  ]);
  assert.equal(status, 0, stderr);
  terminal(stdout);
  terminal(stderr);
  assert.deepEqual(stderr.split("\n"), [
    "\\u001b[2J\\u001b]0;title\\u0007",
    "\\u003a:error::pwned",
    "\\u0023#[error]pwned \\u202e",
    "\\u003a:error::pwned",
    "told when it was written",
    "last",
    "",
  ]);
});

test("a program that ends the process gives no answer, whatever its exit status", () => {
  for (const code of [
    "try { process.exit() } catch {}",
    "setTimeout(() => { require('fs').writeSync(1, '{}'); process.exit(0) }, 20); module.exports = new Promise(() => {})",
  ]) {
    const { status, stderr } = meshfence(["reach", "--plan", "--program", program(code)]);
    assert.equal(status, 2, code);
    assert.match(stderr, /^error: the program calls process\.exit\(\)/);
  }
});

test("handles that a program leaves open do not keep the process running", () => {
  const command = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
  const args = [command, "plan", "--program", program("setInterval(() => {}, 1e6)")];
  const { status, signal, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual([status, signal], [0, null]);
  assert.match(stdout, /^shop, stack dev: 0 resources/);
});

test("keeps the end of the output, in readable lines", () => {
  assert.equal(lastLines("a\n\n b \r\nc\n", 2), "… (1 more)\n b \r\nc");
  assert.equal(lastLines("x".repeat(9_000)).length, 2_000);
  assert.equal(lastLines(" \n"), "");
  const noise = "noise\n".repeat(5_000);
  assert.equal(clippedInside("short\ntext", 10), "short\ntext");
  const clipped = clippedInside(`the head, x, cannot be planned:\n${noise}error: the reason`, 2_000);
  assert.ok(clipped.length <= 2_000);
  assert.match(clipped, /^the head, x, cannot be planned:\n…\n/);
  assert.match(clipped, /noise\nerror: the reason$/);
  for (const odd of ["\u{1f600}".repeat(2_000), `${"a".repeat(5_000)}\nb`, "\n".repeat(5_000)]) {
    const short = clippedInside(odd, 999);
    assert.ok(short.length <= 999, `${short.length}`);
    assert.doesNotThrow(() => encodeURIComponent(short));
  }
});
