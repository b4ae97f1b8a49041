import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scenario } from "../../lib/reachability";
import { sharedAccounts } from "../../lib/reachability/shared-accounts";

const pod = (name: string, serviceAccount: string, injected = true): Scenario["endpoints"][number] => ({
  ...{ id: `shop/${name}`, namespace: "shop", labels: { app: name }, serviceAccount, mesh: { injected } },
});
const admitting = (...names: string[]) => ({
  ...{ apiVersion: "policy.linkerd.io/v1alpha1", kind: "MeshTLSAuthentication" },
  metadata: { name: "who", namespace: "shop" },
  spec: { identityRefs: names.map((name) => ({ kind: "ServiceAccount", name })) },
});
const shared = (endpoints: Scenario["endpoints"], ...names: string[]) =>
  sharedAccounts({ endpoints, mesh: { authorization: { objects: [admitting(...names)] } } });

test("finds meshed workloads that share an account which an authorization names", () => {
  const two = [pod("web", "batch"), pod("cron", "batch")];
  assert.deepEqual(shared(two, "batch"), [{ account: "batch.shop", workloads: ["shop/cron", "shop/web"] }]);
  assert.deepEqual(shared(two, "other"), [], "nobody names it");
  assert.deepEqual(shared([pod("web", "batch"), pod("cron", "batch", false)], "batch"), [], "one has no proxy");
  assert.deepEqual(shared([pod("web", "batch"), pod("cron", "other")], "batch", "other"), [], "each has its own");
});
