import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { deployment, policy, withKustomize } from "../input/render/support";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
}

/** An overlay whose base changes from one commit to the next. */
function repository(): string {
  const root = temporaryDirectory();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: root });
  git("init", "--quiet");
  write(root, {
    "base/kustomization.yaml": "resources: [web.yaml, policy.yaml]\n",
    "base/web.yaml": deployment("web"),
    "base/policy.yaml": policy("web", "[{fromEntities: [none]}]"),
    "live/kustomization.yaml": "namespace: shop\nresources: [../base]\n",
  });
  git("add", ".");
  git("commit", "--quiet", "-m", "closed");
  write(root, { "base/policy.yaml": policy("web", "[{fromEntities: [world]}]") });
  git("commit", "--quiet", "-a", "-m", "open");
  return root;
}

test("diff --git renders both revisions without checking anything out", withKustomize, async () => {
  const root = repository();
  // The working tree must not matter.
  write(root, { "base/policy.yaml": "broken: [" });
  const env = { XDG_CACHE_HOME: path.join(temporaryDirectory(), "cache") };
  const args = ["diff", "--git", "HEAD~1", "HEAD", "--path", "live", "--fail-on", "opened:world"];
  const { status, stdout, stderr } = await meshfenceShared(args, { cwd: root, env });
  assert.equal(status, 1, stderr);
  assert.match(stdout, /^Reachability: \d+ opened, 0 closed/);
  assert.match(stdout, /\+ world →\s+shop\/web {2}TCP 8080/);
});

test("skips files that no kustomization applies, and names them", withKustomize, async () => {
  const root = repository();
  write(root, { "base/policy.yaml": policy("web"), "base/old.yaml": deployment("old") });
  const env = { XDG_CACHE_HOME: path.join(temporaryDirectory(), "cache") };
  const { stdout, stderr } = await meshfenceShared(["reach", ".", "--format", "json"], { cwd: root, env });
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout).unapplied, [{ file: "base/old.yaml", reason: "no kustomization lists it" }]);
  assert.ok(!stdout.includes("default/old"));
  const text = await meshfenceShared(["reach", "."], { cwd: root, env });
  assert.match(text.stdout, /left out, since no kustomization lists it:\s+base\/old\.yaml/);
});

test(
  "a gate stops at a changed file that nothing here applies, and ignores an unchanged one",
  withKustomize,
  async () => {
    const root = repository();
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: root });
    const env = { XDG_CACHE_HOME: path.join(temporaryDirectory(), "cache") };
    const commit = () => {
      git("add", ".");
      git("commit", "--quiet", "--allow-empty", "-m", "next");
      return meshfenceShared(["diff", "--git", "HEAD~1", "HEAD", "--fail-on", "opened"], { cwd: root, env });
    };
    write(root, { "base/old.yaml": policy("web", "[{fromEntities: [none]}]") });
    assert.equal((await commit()).status, 2);
    assert.equal((await commit()).status, 0);
    write(root, { "base/old.yaml": policy("web", "[{fromEntities: [world]}]") });
    const changed = await commit();
    assert.equal(changed.status, 2);
    assert.match(changed.stderr, /base\/old\.yaml: file: it is new or changed, and nothing here applies it, since no/);
    git("rm", "--quiet", "base/old.yaml");
    const gone = await commit();
    assert.equal(gone.status, 2);
    assert.match(gone.stderr, /base\/old\.yaml: file: it is gone, and nothing here applies it/);
  },
);
