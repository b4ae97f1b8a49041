import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { project } from "../plan/fixture";
import { meshfence, meshfenceShared } from "../support/meshfence";

const fixtures = path.join(__dirname, "fixtures");
const before = path.join(fixtures, "before");
const after = path.join(fixtures, "after");

test("every command prints every format, and nothing beside it", async () => {
  for (const format of ["text", "jsonl", "json", "markdown", "mermaid", "svg", "html"]) {
    const { status, stdout, stderr } = await meshfenceShared(["reach", before, "--format", format]);
    assert.deepEqual([status, stderr, stdout.length > 100], [0, "", true], format);
  }
  for (const format of ["text", "markdown", "json", "mermaid", "svg", "html"]) {
    const { status, stdout, stderr } = await meshfenceShared(["diff", before, after, "--format", format]);
    assert.deepEqual([status, stderr, stdout.length > 100], [0, "", true], format);
  }
  for (const format of ["text", "markdown", "json"]) {
    const { stdout, stderr } = await meshfenceShared(["lint", before, "--format", format]);
    assert.deepEqual([stderr, stdout.length > 20], ["", true], format);
  }
});

test("a program that fails exits with 2, with the reason and no answer", () => {
  const directory = project({ "index.ts": 'throw new Error("no");\n' });
  const { status, stdout, stderr } = meshfence(["reach", "--plan"], { cwd: directory });
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /index\.ts:1/);
});

test("lint reads the policies of a Pulumi program", async () => {
  const directory = project({
    "index.ts": [
      'import * as k8s from "@pulumi/kubernetes";',
      'new k8s.apiextensions.CustomResource("p", { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name: "db", namespace: "shop" }, spec: { endpointSelector: {}, ingress: [{ fromEndpoints: [] }] } });',
    ].join("\n"),
  });
  const { status, stdout } = meshfence(["lint", "--plan"], { cwd: directory });
  assert.equal(status, 1);
  assert.match(stdout, /empty-peer-list/);
  assert.equal((await meshfenceShared(["lint"])).status, 2);
});
