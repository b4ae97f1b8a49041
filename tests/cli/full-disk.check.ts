import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { project, temporaryDirectory } from "../plan/fixture";
import { repository } from "../pull-request/repository";

const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
const own = ["--user", "--map-root-user", "--mount"];
const canMount = spawnSync("unshare", [...own, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
const mounts = { skip: canMount ? false : "needs unshare, and user namespaces that may mount" };

/** Runs meshfence with a separate small file system, and returns its contents afterwards. */
function beside(size: string, prepare: string, args: readonly string[], cwd: string) {
  const folder = path.join(temporaryDirectory(), "out");
  mkdirSync(folder);
  const script = `mount -t tmpfs -o size=${size} none "$0" && cd "$0" && ${prepare}; cd - >/dev/null; "$@" >&2; status=$?; cat "$0"/* 2>/dev/null; ls -A "$0"; exit $status`;
  const all = [
    ...own,
    "/bin/sh",
    "-c",
    script,
    folder,
    process.execPath,
    main,
    ...args.map((one) => one.replace("OUT", folder)),
  ];
  const { status, stdout, stderr } = spawnSync("unshare", all, { cwd, encoding: "utf8" });
  return { status, left: stdout, said: stderr };
}

const ways: readonly [what: string, size: string, prepare: string, reason: RegExp][] = [
  ["full", "8k", "echo old >comment.md", /no space left on device|ENOSPC/i],
  ["read-only", "64k", 'echo old >comment.md; mount -o remount,ro "$0"', /read-only file system|EROFS/i],
];
for (const [what, size, prepare, reason] of ways) {
  test(
    `pr --out on a file system that is ${what} explains itself, exits with 2 and leaves a whole answer, old or new`,
    mounts,
    () => {
      const root = repository({ ports: [80] }, { ports: [80, 90] });
      const args = [
        "pr",
        "--program",
        path.join(root, "shop"),
        "--base",
        "HEAD~1",
        "--out",
        "OUT",
        "--fail-on",
        "opened",
      ];
      const { status, left, said } = beside(size, prepare, args, root);
      assert.equal(status, 2, said);
      assert.match(said, /^error: --out .* cannot be written: /m);
      assert.match(said, reason);
      assert.doesNotMatch(said, /\n {4}at /);
      assert.doesNotMatch(left, /^\./m, "a draft is left");
      assert.match(left, /^old$|^<!-- meshfence pr shop -->/m);
    },
  );

  test(
    `images --out on a file system that is ${what} explains itself, exits with 2 and keeps the old list`,
    mounts,
    () => {
      const directory = project({
        "index.js": `
const k8s = require("@pulumi/kubernetes");
const provider = new k8s.Provider("c", { context: "staging" });
for (let at = 0; at < 200; at++)
  new k8s.core.v1.Pod("p" + at, { spec: { containers: [{ name: "a", image: "registry.example.com/" + "x".repeat(60) + at + ":1" }] } }, { provider });
`,
      });
      const args = ["images", "--program", directory, "--out", "OUT/comment.md"];
      const { status, left, said } = beside(size, prepare, args, directory);
      assert.equal(status, 2, said);
      assert.match(said, /^error: --out .*comment\.md: /m);
      assert.match(said, reason);
      assert.equal(left, "old\ncomment.md\n");
    },
  );
}
