import assert from "node:assert/strict";
import { test } from "node:test";
import { decideAll } from "../../lib/reachability/authorization-decision";

test("a port without a policy is an error of the engine and lets nobody in", () => {
  const client = { address: "10.0.0.1", isMeshed: false } as unknown as Parameters<typeof decideAll>[1]["client"];
  assert.throws(() => decideAll([], { port: 80, client, asBytes: false, probes: false }), /the policy of a port/);
});
