import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { completionScript } from "../../lib/cli/completion/script";
import { cli } from "../../lib/cli/main";

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `${completionScript(cli(), "bash")}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _meshfence; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", "meshfence", ...words], { encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.split("\n").filter((word) => word !== "");
}

test("bash completes commands, their options and the options' choices", () => {
  assert.deepEqual(offered("re"), ["reach", "replay"]);
  assert.ok(offered("reach", "--").includes("--format"));
  assert.ok(!offered("down", "--").includes("--format"));
  assert.deepEqual(offered("diff", "--format", "m"), ["markdown", "mermaid"]);
  assert.deepEqual(offered("diff", "-o", "te"), ["text"]);
  assert.deepEqual(offered("reach", "k8s"), [], "files are the shell's own");
});

test("zsh and fish get scripts with the same commands", () => {
  for (const shell of ["zsh", "fish"] as const) {
    const script = completionScript(cli(), shell);
    for (const command of cli().commands) assert.ok(script.includes(command.name()), `${shell} ${command.name()}`);
  }
});
