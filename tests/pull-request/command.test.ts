import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { withCheckout } from "../../lib/cli/pull-request/checkout";
import { temporaryDirectory } from "../plan/fixture";
import { repository, type Shop } from "./repository";
import { fenced, open, pathWith, pr } from "./support";

// command.check.ts covers other changes. After an intended change of the output: UPDATE_GOLDEN=1 node tests/run.js pull-request, and review the diff.
const golden = path.join(__dirname, "golden", "comment.md");

test("the comment on a change that opens a port matches the golden file, and the repository stays as it is", () => {
  const root = repository(fenced as Shop, open as Shop);
  const { status, stdout, stderr } = pr(root, ["--base", "HEAD~1", "--fail-on", "opened:client"], pathWith(true));
  assert.equal(status, 2, "shop/client is the endpoint's name: a gate that guards nothing must not pass");
  assert.match(stderr, /--fail-on opened:client: there is no such endpoint/);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, stdout);
  assert.equal(stdout, readFileSync(golden, "utf8"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" });
  assert.equal(git("status", "--porcelain"), "");
  assert.equal(git("worktree", "list").trim().split("\n").length, 1);
});

test("names a missing base with the fix for each pipeline, and an empty one as empty", async () => {
  const root = repository(fenced as Shop, open as Shop);
  const shallow = path.join(temporaryDirectory(), "clone");
  execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${root}`, shallow]);
  const checkout = (revision: string) => withCheckout(shallow, revision, undefined, () => Promise.reject(new Error()));
  await assert.rejects(
    checkout("HEAD^1"),
    /^UserError: HEAD\^1 is not a revision of this repository.*fetch-depth: 2.*GIT_DEPTH: 0/,
  );
  // The value of a variable that the pipeline does not set.
  await assert.rejects(checkout(""), /revision to compare with is empty/);
});
