import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { temporaryDirectory } from "../plan/fixture";
import { type End, endedEarly } from "../support/ended-early";
import { repository } from "./repository";

/** A repository and a folder for temporary files, to interrupt `pr`. */
export class Killed {
  readonly root = repository({ ports: [80] }, { ports: [80, 90] });
  readonly temporary = temporaryDirectory();

  /**
   * @param when Resolves when to end the run.
   * @returns Its exit status and output.
   */
  run(signal: NodeJS.Signals, when: (over: AbortSignal) => Promise<unknown>, ...args: string[]): Promise<End> {
    const pr = ["pr", "--program", path.join(this.root, "shop"), "--base", "HEAD~1", ...args];
    return endedEarly(pr, { cwd: this.root, env: { TMPDIR: this.temporary } }, signal, when);
  }

  /** The names of remaining temporary files. */
  left(): string[] {
    return readdirSync(this.temporary).filter((name) => name.startsWith("meshfence-"));
  }

  async untilLeft(over: AbortSignal): Promise<void> {
    while (!over.aborted && this.left().length === 0) await wait(20);
  }

  /** @throws if a folder, a worktree or a change is left */
  assertNothingLeft(when: string): void {
    const git = (...args: string[]) => execFileSync("git", args, { cwd: this.root, encoding: "utf8" });
    assert.deepEqual(this.left(), [], when);
    assert.equal(git("worktree", "list").trim().split("\n").length, 1, when);
    assert.equal(git("status", "--porcelain"), "", when);
  }
}
