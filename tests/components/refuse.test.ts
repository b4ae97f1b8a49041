import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { Cilium } from "../../lib/components/cilium/cilium";
import { run } from "../../lib/pulumi-engine";

test("a refusal is shown at its component, as a message without the component's dependencies", async () => {
  const program = () => void new Cilium("cilium");
  const { error } = await run({ project: "meshfence", stack: "test", mode: "preview", transport: "direct", program });
  assert.ok(error instanceof Error && "hideStack" in error && "resource" in error);
  assert.equal(error.hideStack, true);
  assert.ok(error.resource instanceof Cilium);
  assert.equal(inspect(error), error.stack);
});
