import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const provider = (name: string, inputs: object) => ({
  urn: `urn:${name}`,
  type: "pulumi:providers:kubernetes",
  name,
  inputs,
});

const policy = (name: string, of: string, namespace?: string) => ({
  urn: `urn:policy-${name}`,
  type: "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
  name,
  provider: `urn:${of}`,
  inputs: {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { endpointSelector: {}, ingress: [{}] },
  },
});

const read = (...resources: object[]) => {
  const text = JSON.stringify({ project: "p", stack: "s", resources });
  const { policies, problems } = readManifests([{ file: "plan.json", text }]);
  return {
    policies: policies.map(({ manifest: { metadata } }) => `${metadata.namespace ?? "-"}/${metadata.name}`),
    problems: problems.map(({ code, object }) => `${code} ${object}`),
  };
};

test("what names no namespace goes where its provider says", () => {
  const shop = provider("shop", { context: "c", namespace: "shop" });
  assert.deepEqual(read(shop, policy("a", "shop"), policy("b", "shop", "own")), {
    policies: ["shop/a", "own/b"],
    problems: [],
  });
});

test("objects of several clusters in one program are said to be that", () => {
  const [a, b] = [provider("a", { context: "a" }), provider("b", { context: "b" })];
  assert.deepEqual(read(a, b, policy("one", "a"), policy("two", "b"), policy("three", "b")).problems, [
    "several-clusters provider b",
  ]);
  const same = provider("b", { context: "a", namespace: "other" });
  assert.deepEqual(read(a, same, policy("one", "a"), policy("two", "b")).problems, []);
  assert.deepEqual(read(a, b, policy("one", "a")).problems, []);
});

test("objects of a release are at their template, where the plan says it, and otherwise at the release", () => {
  const object = (name: string) => ({ ...policy(name, "").inputs });
  const release = {
    urn: "r",
    type: "kubernetes:helm.sh/v3:Release",
    name: "r",
    source: { file: "index.ts", line: 3 },
    objects: [object("one"), object("two")],
    objectSources: [{ file: "chart/templates/one.yaml", line: 7 }, null],
  };
  const text = JSON.stringify({ project: "p", stack: "s", resources: [release] });
  const { policies } = readManifests([{ file: "plan.json", text }]);
  assert.deepEqual(
    policies.map(({ document }) => [document.file, document.position(["spec"]).line]),
    [
      ["chart/templates/one.yaml", 7],
      ["index.ts", 3],
    ],
  );
});
