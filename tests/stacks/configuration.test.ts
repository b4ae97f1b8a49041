import assert from "node:assert/strict";
import { test } from "node:test";
import { RunError } from "@pulumi/pulumi";
import { previewed } from "./support";

test("a wrong configuration stops the stack before anything is registered, without a stack trace", async () => {
  const recording = await previewed(".", ["clustername=x", "workers=many"]);
  assert.ok(RunError.isInstance(recording.error), String(recording.error));
  assert.match(recording.error.message, /2 problems/);
  assert.match(recording.error.message, /meshfence:clustername: there is no such key; did you mean "clusterName"\?/);
  assert.deepEqual(
    recording.registrations.map(({ type }) => type),
    ["pulumi:pulumi:Stack"],
  );
});

test("an unknown stage, or a stage of an unknown workload, stops a rollout", async () => {
  const recording = await previewed("stacks/progressive-rollout", [
    "context=production",
    'stages={"cart":"enforced","basket":"observe"}',
  ]);
  assert.ok(RunError.isInstance(recording.error), String(recording.error));
  assert.match(recording.error.message, /^stages: .*"cart","enforced".*"basket","observe"/);
});
