import assert from "node:assert/strict";
import { test } from "node:test";
import { only } from "../support/recorded";
import { previewed } from "./support";

test("on a cluster of the user's, every resource goes to the context that was named", async () => {
  const recording = await previewed("stacks/existing-cluster", ["context=production"]);
  assert.equal(recording.error, undefined, String(recording.error));
  const provider = only(recording, "pulumi:providers:kubernetes");
  assert.equal(provider.inputs.context, "production");
  for (const { type, name, provider: used } of recording.registrations) {
    if (type.startsWith("kubernetes:")) assert.equal(used, provider.urn, name);
  }
  assert.ok(!recording.registrations.some(({ type }) => type === "meshfence:index:Cilium"), "Cilium is there already");
  assert.deepEqual(recording.outputs.policyNames, ["shop/shop-egress", "shop/shop-ingress", "shop/database-ingress"]);
});
