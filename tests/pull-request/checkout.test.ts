import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { withCheckout } from "../../lib/cli/pull-request/checkout";
import { temporaryDirectory } from "../plan/fixture";

test("a checkout runs no filter from the change's .gitattributes", async () => {
  const root = temporaryDirectory();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: root });
  git("init", "--quiet");
  writeFileSync(path.join(root, ".gitattributes"), "a filter=one\nb filter=a=b\nc filter=long\n");
  for (const name of ["a", "b", "c"]) writeFileSync(path.join(root, name), "as it is stored\n");
  git("add", ".");
  git("commit", "--quiet", "--message=base");
  const ran = path.join(root, "ran");
  for (const name of ["one", "a=b"]) git("config", `filter.${name}.smudge`, `touch '${ran}'; tr a-z A-Z`);
  git("config", "filter.long.process", `touch '${ran}'; false`);
  git("config", "filter.long.required", "true");
  await withCheckout(root, "HEAD", undefined, async (tree) => {
    for (const name of ["a", "b", "c"])
      assert.equal(readFileSync(path.join(tree, name), "utf8"), "as it is stored\n", name);
  });
  assert.equal(existsSync(ran), false);
});
