import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import * as library from "../../lib";
import * as kind from "../../lib/kind";

const components = [
  "Cilium",
  "ClusterwideNetworkPolicy",
  "Fence",
  "Injection",
  "Linkerd",
  "NetworkPolicy",
  "Podinfo",
  "SlowCooker",
];
// KindCluster is for TypeScript alone: its output `cluster` is of a package that each user generates.
const kindComponents = ["Sandbox"];

test("Pulumi can represent every component's arguments and outputs in its other languages, and all have docstrings", () => {
  for (const name of components) assert.ok(name in library, `${name} is not exported`);
  for (const name of kindComponents) assert.ok(name in kind, `${name} is not exported`);
  const names = [...components, ...kindComponents];
  // One analysis for both entry points: the compiler reads Kubernetes' types once.
  const analyzed = path.join(__dirname, "analyzed");
  const analyzer = new Analyzer(analyzed, "meshfence", { name: "meshfence", main: "index.ts" }, new Set(names));
  const found = analyzer.analyze().components;
  assert.deepEqual(Object.keys(found).sort(), names.sort());
  const undocumented = Object.entries(found).flatMap(([name, { inputs, outputs }]) =>
    Object.entries({ ...inputs, ...outputs })
      .filter(([, { description }]) => !description)
      .map(([property]) => `${name}.${property}`),
  );
  assert.deepEqual(undocumented, []);
});
