import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { temporaryDirectory } from "../plan/fixture";
import { repository } from "./repository";

const command = path.join(__dirname, "..", "..", "dist", "cli", "main.js");

/** A repository, a folder for temporary files, and runs of `pr` in them that are ended early. */
export class Killed {
  readonly root = repository({ ports: [80] }, { ports: [80, 90] });
  readonly temporary = temporaryDirectory();

  /** @param when Resolves when the run is to be ended. @returns how it ended, and what it said */
  async run(signal: NodeJS.Signals, when: () => Promise<unknown>, ...args: string[]) {
    const child = spawn(
      process.execPath,
      [command, "pr", "--program", path.join(this.root, "shop"), "--base", "HEAD~1", ...args],
      { cwd: this.root, env: { ...process.env, TMPDIR: this.temporary }, stdio: ["ignore", "ignore", "pipe"] },
    );
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    await Promise.race([when(), ended]);
    child.kill(signal);
    const [status, by] = await ended;
    return { status, by, said };
  }

  /** The names of what is left among the temporary files. */
  left(): string[] {
    return readdirSync(this.temporary).filter((name) => name.startsWith("meshfence-"));
  }

  async untilLeft(): Promise<void> {
    while (this.left().length === 0) await wait(20);
  }

  /** @throws where there is still a folder, a worktree or a change */
  assertNothingLeft(when: string): void {
    const git = (...args: string[]) => execFileSync("git", args, { cwd: this.root, encoding: "utf8" });
    assert.deepEqual(this.left(), [], when);
    assert.equal(git("worktree", "list").trim().split("\n").length, 1, when);
    assert.equal(git("status", "--porcelain"), "", when);
  }
}
