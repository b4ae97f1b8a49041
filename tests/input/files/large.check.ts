import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../plan/fixture";
import { meshfence, type Said } from "../../support/meshfence";

const pod =
  "apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: shop }\nspec: { containers: [{ name: a, image: a }] }\n";
const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n";

/** A new folder with a pod and further content. */
function folderWith(make: (folder: string) => void): string {
  const folder = temporaryDirectory();
  writeFileSync(path.join(folder, "pod.yaml"), pod);
  make(folder);
  return folder;
}

/** Makes nested folders, even if their path is longer than a system call accepts. */
const nest = (folder: string, name: string, times: number) =>
  void execFileSync(
    "python3",
    [
      "-c",
      "import os, sys\nfor _ in range(int(sys.argv[2])):\n os.mkdir(sys.argv[1]); os.chdir(sys.argv[1])\nopen('x.yaml', 'w').write(sys.argv[3])",
      name,
      String(times),
      configMap,
    ],
    { cwd: folder },
  );

function ends(said: Said, status: number, words: RegExp): void {
  assert.equal(said.status, status, said.stderr.slice(0, 2000));
  assert.match(said.stdout + said.stderr, words);
  assert.doesNotMatch(said.stderr, /\n {4}at /);
}

test("searches a folder with more than a hundred thousand other files", () => {
  const folder = folderWith((at) => {
    for (let index = 0; index < 110_000; index++) writeFileSync(path.join(at, `f${index}.txt`), "");
  });
  ends(meshfence(["reach", folder]), 0, /shop\/web/);
  ends(meshfence(["replay", folder, "--traffic", folder]), 2, /there are more than 100000 files in it/);
});

test("reads a folder with twenty thousand manifests, and refuses more than any repository has", () => {
  const manifests = (count: number) =>
    folderWith((at) => {
      for (let index = 0; index < count; index++) writeFileSync(path.join(at, `c${index}.yaml`), configMap);
    });
  ends(meshfence(["reach", manifests(20_000)]), 0, /shop\/web/);
  ends(meshfence(["reach", manifests(200_001)]), 2, /there are more than 200000 manifests in it/);
});

test("reads nested folders as deep as the file system allows, and reports deeper ones", () => {
  const deep = folderWith((at) => nest(at, "d", 1_900));
  ends(meshfence(["reach", deep]), 0, /shop\/web/);
  ends(meshfence(["replay", deep, "--traffic", deep]), 2, /it contains no traffic/);
  const deeper = folderWith((at) => nest(at, "d".repeat(200), 60));
  ends(meshfence(["reach", deeper]), 2, /its path is longer than the file system allows/);
  ends(meshfence(["replay", deeper, "--traffic", deeper]), 2, /its path is longer than the file system allows/);
  // Node cannot remove folders that are nested so deeply.
  execFileSync("rm", ["-rf", deep, deeper]);
});

test("refuses git trees that contain each other many times, in time", () => {
  const folder = folderWith((at) => mkdirSync(path.join(at, "empty")));
  const git = (args: readonly string[], input = "") =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
      cwd: folder,
      input,
      encoding: "utf8",
    }).trim();
  git(["init", "--quiet"]);
  git(["add", "pod.yaml"]);
  git(["commit", "--quiet", "-m", "x"]);
  const ten = (entry: string, name: string) =>
    git(
      ["mktree"],
      Array.from({ length: 10 }, (_, index) => `${entry}\t${name.replace("#", String(index))}\n`).join(""),
    );
  let tree = ten(`100644 blob ${git(["hash-object", "-w", "--stdin"], configMap)}`, "f#.yaml");
  for (const [levels, words] of [
    [5, /there are more than 200000 manifests in it/],
    [4, /cannot be read: git's output for it is larger than 1024 MiB/],
  ] as const) {
    for (let level = 0; level < levels; level++) tree = ten(`040000 tree ${tree}`, "d#");
    const commit = git(["commit-tree", "-p", "HEAD", "-m", "x", tree]);
    const said = meshfence(["diff", "--git", "HEAD", commit, "--fail-on", "opened"], { cwd: folder });
    ends(said, 2, words);
  }
});
