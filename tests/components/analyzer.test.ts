import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";

const components = {
  "index.ts": [
    "Cilium",
    "ClusterwideNetworkPolicy",
    "Fence",
    "Injection",
    "Linkerd",
    "NetworkPolicy",
    "Podinfo",
    "SlowCooker",
  ],
  // KindCluster is for TypeScript alone: its output `cluster` is of a package that each user generates.
  "kind/index.ts": ["Sandbox"],
};

test("Pulumi can represent every component's arguments and outputs in its other languages, and all have docstrings", () => {
  const library = path.join(__dirname, "../../lib");
  const undocumented: string[] = [];
  for (const [main, names] of Object.entries(components)) {
    const analyzer = new Analyzer(library, "meshfence", { name: "meshfence", main }, new Set(names));
    const { components: analyzed } = analyzer.analyze();
    assert.deepEqual(Object.keys(analyzed).sort(), [...names].sort());
    for (const [name, { inputs, outputs }] of Object.entries(analyzed)) {
      for (const [property, { description }] of Object.entries({ ...inputs, ...outputs })) {
        if (!description) undocumented.push(`${name}.${property}`);
      }
    }
  }
  assert.deepEqual(undocumented, []);
});
