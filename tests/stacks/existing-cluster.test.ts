import assert from "node:assert/strict";
import { test } from "node:test";
import { only } from "../support/recorded";
import { stack } from "./support";

test("on the user's own cluster, every resource goes to the named context", async () => {
  const recording = await stack("existing-cluster");
  const provider = only(recording, "pulumi:providers:kubernetes");
  assert.equal(provider.inputs.context, "production");
  for (const { type, name, provider: used } of recording.registrations) {
    if (type.startsWith("kubernetes:")) assert.equal(used, provider.urn, name);
  }
  assert.ok(!recording.registrations.some(({ type }) => type === "meshfence:index:Cilium"), "Cilium is there already");
  assert.deepEqual(recording.outputs.policyNames, ["shop/shop-egress", "shop/shop-ingress", "shop/database-ingress"]);

  const { "shop/shop -> shop/database": toDatabase, ...others } = recording.outputs.reachability as Record<
    string,
    string
  >;
  assert.equal(toDatabase, "TCP 5432 mTLS through 4143, which admits every port");
  assert.equal(others["ingress-nginx/ingress-nginx-controller -> shop/shop"], "TCP 8080");
  assert.equal(others["world -> shop/shop"], undefined);
});
