import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../../lib/pulumi-engine";
import { only } from "../support/recorded";
import { stack } from "./support";

test("the sandbox's stack creates the sandbox from the defaults of its Pulumi.yaml", async () => {
  const recording = await stack("sandbox");
  only(recording, "meshfence:index:Sandbox");
  assert.equal(only(recording, "kind:index/cluster:Cluster").inputs.name, "meshfence-[random]");
  assert.ok(recording.outputs.kubeconfig instanceof Secret);
  assert.equal(recording.outputs.context, "kind-meshfence-[random]");
});
