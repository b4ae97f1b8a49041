import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const main = path.join(__dirname, "../../../dist/cli/main.js");
const folder = mkdtempSync(path.join(tmpdir(), "meshfence-hostile-"));
after(() => rmSync(folder, { recursive: true }));

/** A repository with a folder whose files form a bare repository with a command in its configuration. */
function hostile(): { inside: string; ran: string } {
  const root = path.join(folder, "repository");
  const inside = path.join(root, "k8s");
  const ran = path.join(folder, "ran");
  const command = path.join(folder, "command");
  for (const directory of ["objects", "refs/heads"]) mkdirSync(path.join(inside, directory), { recursive: true });
  writeFileSync(command, `#!/bin/sh\ntouch "${ran}"\n`);
  chmodSync(command, 0o755);
  execFileSync("git", ["init", "--quiet", root]);
  writeFileSync(path.join(inside, "HEAD"), "ref: refs/heads/main\n");
  writeFileSync(path.join(inside, "refs/heads/main"), "1111111111111111111111111111111111111111\n");
  const config = [
    "[core]",
    "repositoryformatversion = 1",
    "bare = true",
    `sshCommand = ${command}`,
    "[extensions]",
    "partialClone = origin",
    '[remote "origin"]',
    "url = ssh://127.0.0.1/nowhere",
    "promisor = true",
  ];
  writeFileSync(path.join(inside, "config"), `${config.join("\n")}\n`);
  return { inside, ran };
}

test("a bare repository inside a changed folder cannot make git run anything", () => {
  const { inside, ran } = hostile();
  // Plain git does run it. Otherwise this test would prove nothing.
  spawnSync("git", ["rev-parse", "--verify", "HEAD^{commit}"], { cwd: inside });
  assert.ok(existsSync(ran), "git itself does not run the command");
  rmSync(ran);
  const { status, stderr } = spawnSync(process.execPath, [main, "diff", "--git", "HEAD", "--path", "."], {
    cwd: inside,
    encoding: "utf8",
  });
  assert.equal(status, 2, stderr);
  assert.ok(!existsSync(ran), "the command of the folder was run");
});
