import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryDirectory } from "../plan/fixture";
import { assertEndsSoon, type End, endedEarly, leftIn, programs } from "../support/ended-early";

/** A repository whose kustomization changes, with a slow `kustomize`, to interrupt `diff --git`. */
export class KilledDiff {
  readonly root = temporaryDirectory();
  readonly temporary = temporaryDirectory();
  private readonly env: NodeJS.ProcessEnv;
  private readonly programs: string;

  /** @param seconds How long `kustomize` takes. A unique number identifies its process. */
  constructor(seconds: string) {
    this.git("init", "--quiet");
    writeFileSync(path.join(this.root, "kustomization.yaml"), "resources: [namespace.yaml]\nnamePrefix: a-\n");
    for (const name of ["before", "after"]) {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
      writeFileSync(path.join(this.root, "namespace.yaml"), JSON.stringify(namespace));
      this.git("add", "--all");
      this.git("-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "--quiet", "--message", name);
    }
    const kustomize = `/bin/sleep ${seconds}; echo '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}'`;
    this.programs = programs({ kustomize });
    this.env = {
      PATH: `${this.programs}:${process.env.PATH}`,
      TMPDIR: this.temporary,
      XDG_CACHE_HOME: temporaryDirectory(),
    };
  }

  run(signal: NodeJS.Signals, when: (over: AbortSignal) => Promise<unknown>): Promise<End> {
    // Results are cached, so change the input each time.
    const env = { ...this.env, XDG_CACHE_HOME: temporaryDirectory() };
    return endedEarly(["diff", "--git", "HEAD~1"], { cwd: this.root, env }, signal, when);
  }

  /** Waits for the end of `git` and `kustomize` of killed runs. */
  async assertProgramsEnd(seconds: string): Promise<void> {
    for (const words of [this.programs, `sleep ${seconds}`, this.temporary]) await assertEndsSoon(words, "children");
  }

  assertNothingLeft(when: string): void {
    assert.deepEqual(leftIn(this.temporary), [], when);
    assert.equal(this.git("worktree", "list").trim().split("\n").length, 1, when);
    assert.equal(this.git("status", "--porcelain"), "", when);
    const locks = readdirSync(path.join(this.root, ".git"), { recursive: true }) as string[];
    assert.deepEqual(
      locks.filter((name) => name.endsWith(".lock")),
      [],
      when,
    );
  }

  private git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.root, encoding: "utf8" });
  }
}
