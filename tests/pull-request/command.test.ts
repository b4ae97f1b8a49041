import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { withCheckout } from "../../lib/cli/pull-request/checkout";
import { temporaryDirectory } from "../plan/fixture";
import { repository, type Shop, write } from "./repository";
import { fenced, open, pathWith, pr } from "./support";

// What `meshfence pr` says of other changes is in command.check.ts.
// After a change that is meant: UPDATE_GOLDEN=1 node tests/run.js pull-request, and look at the difference.
const golden = path.join(__dirname, "golden", "comment.md");

test("the comment of a change that opens a port is as it was looked at, and the repository is left alone", () => {
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

test("a base that is not there is named with the cure of each pipeline, and one that is empty is said to be", async () => {
  const root = repository(fenced as Shop, open as Shop);
  const shallow = path.join(temporaryDirectory(), "clone");
  execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${root}`, shallow]);
  const checkout = (revision: string) => withCheckout(shallow, revision, undefined, () => Promise.reject(new Error()));
  await assert.rejects(
    checkout("HEAD^1"),
    /^UserError: HEAD\^1 is not a revision of this repository.*fetch-depth: 2.*GIT_DEPTH: 0/,
  );
  // What a variable gives that the pipeline does not set.
  await assert.rejects(checkout(""), /revision to compare with is empty/);
});

test("where the base lacks what only a build makes, the error names --prepare, with which the base is planned", () => {
  const root = repository(fenced as Shop);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: root });
  write(root, "shop/source.js", readFileSync(path.join(root, "shop", "index.js"), "utf8"));
  write(root, "shop/index.js", 'require("./built/program.js");\n');
  write(
    root,
    "build.js",
    'const fs = require("fs"); fs.mkdirSync("shop/built", { recursive: true }); fs.copyFileSync("shop/source.js", "shop/built/program.js");',
  );
  write(root, ".gitignore", "node_modules\nbuilt\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "a build");
  const build = "node build.js";
  const head = pr(root, ["--base", "HEAD~1"], pathWith(true));
  assert.match(head.stderr, /the head, the working tree, cannot be planned:[\s\S]*Cannot find module/);
  assert.doesNotMatch(head.stderr, /--prepare/, "nothing prepares the working tree");
  execFileSync("sh", ["-c", build], { cwd: root });
  const base = pr(root, ["--base", "HEAD"], pathWith(true));
  assert.equal(base.status, 2, base.stderr);
  assert.match(
    base.stderr,
    /the base, HEAD, cannot be planned:[\s\S]*Cannot find module[\s\S]*name it: --prepare "npm run build"/,
  );
  const prepared = pr(root, ["--base", "HEAD", "--prepare", build], pathWith(true));
  assert.equal(prepared.status, 0, prepared.stderr);
  assert.match(prepared.stdout, /### Reachability: 0 opened, 0 closed/);
});
