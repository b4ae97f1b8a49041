import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { findTarget } from "../../lib/cli/sandbox/target";
import { chooseStack } from "../../lib/plan/configuration";
import { readProject } from "../../lib/plan/project";
import { selectedStack } from "../../lib/plan/selected-stack";
import { project, temporaryDirectory } from "./fixture";

/** What `pulumi stack select` writes into Pulumi's home. */
function select(home: string, root: string, settings: object): void {
  const digest = createHash("sha1").update(path.join(root, "Pulumi.yaml")).digest("hex");
  const folder = path.join(home, ".pulumi", "workspaces");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `program-${digest}-workspace.json`), JSON.stringify(settings));
}

test("uses the stack that pulumi stack select chose in the current backend", () => {
  const [root, home] = [project({ "index.ts": "" }), temporaryDirectory()];
  const given = { name: "program", root };
  const env = { XDG_DATA_HOME: path.join(home, "data") };
  assert.equal(selectedStack(given, env, home), undefined);
  select(home, root, { stack: "organization/program/lab" });
  assert.equal(selectedStack(given, env, home), "lab");
  const own = `file://${home}/data/meshfence/state`;
  select(home, root, { stacks: { [own]: "organization/program/mine", "https://api.pulumi.com": "me/program/prod" } });
  assert.equal(selectedStack(given, env, home), "mine");
  assert.equal(selectedStack(given, { PULUMI_BACKEND_URL: "https://api.pulumi.com/" }, home), "prod");
  assert.equal(selectedStack(given, { PULUMI_BACKEND_URL: "s3://bucket" }, home), undefined);
  writeFileSync(path.join(home, ".pulumi", "credentials.json"), '{"current":"https://api.pulumi.com"}');
  assert.equal(selectedStack(given, env, home), "prod");
  assert.equal(selectedStack(given, { ...env, PULUMI_HOME: temporaryDirectory() }, home), undefined);
  for (const broken of ["[]", "no JSON"]) {
    const digest = createHash("sha1").update(path.join(root, "Pulumi.yaml")).digest("hex");
    writeFileSync(path.join(home, ".pulumi", "workspaces", `program-${digest}-workspace.json`), broken);
    assert.equal(selectedStack(given, env, home), undefined);
  }
});

test("every command picks the same stack: by option, variable, selection, the only one, dev", () => {
  const [root, home] = [project({ "index.ts": "" }), temporaryDirectory()];
  const names = ["HOME", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_STACK", "XDG_DATA_HOME"] as const;
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  process.env.PULUMI_HOME = path.join(home, ".pulumi");
  process.env.XDG_DATA_HOME = path.join(home, "data");
  try {
    const meant = (named?: string) => {
      const stack = chooseStack(readProject(root), named);
      // `up`, `down`, `verify`; `plan` and what reads a plan take `chooseStack` itself.
      assert.equal(findTarget({ program: root, config: [], ...(named && { stack: named }) }).stack, stack);
      return stack;
    };
    assert.equal(meant(), "dev");
    writeFileSync(path.join(root, "Pulumi.only.yaml"), "config: {}\n");
    assert.equal(meant(), "only");
    select(home, root, { stack: "organization/program/lab" });
    assert.equal(meant(), "lab");
    process.env.PULUMI_STACK = "variable";
    assert.equal(meant(), "variable");
    assert.equal(meant("named"), "named");
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});
