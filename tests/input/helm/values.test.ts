import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { type HelmValues, mergeValues, valueAt, valuePaths, valueTree } from "../../../lib/common/helm-values";

test("merges maps and replaces everything else", () => {
  const base = { a: { b: 1, c: [1, 2] }, d: "x" };
  assert.deepEqual(mergeValues(base, { a: { c: [3] }, d: { e: null } }), { a: { b: 1, c: [3] }, d: { e: null } });
  assert.deepEqual(mergeValues(base, undefined, { a: undefined }), base);
  assert.deepEqual(mergeValues(base, { a: { b: null } }), { a: { b: null, c: [1, 2] }, d: "x" });
});

test("an output is a leaf on either side", () => {
  const output = pulumi.output({ b: 1 });
  assert.equal(mergeValues({ a: { b: 2 } }, { a: output }).a, output);
  assert.deepEqual(mergeValues({ a: output }, { a: { b: 2 } }), { a: { b: 2 } });
});

test("a key may contain dots, which a path escapes like Helm's --set", () => {
  const tree = { podAnnotations: { "linkerd.io/inject": "enabled" } };
  const [path = ""] = valuePaths(tree);
  assert.equal(path, "podAnnotations.linkerd\\.io/inject");
  assert.deepEqual(valueTree(path, "enabled"), tree);
  assert.equal(valueAt(tree, path), "enabled");
});

const key = fc.stringMatching(/^[a-z]{1,3}$/);
const { tree } = fc.letrec<{ tree: HelmValues; node: unknown }>((tie) => ({
  tree: fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
  node: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.constant(null), fc.array(fc.integer()), tie("tree")),
}));

test("keeps all values of the later tree, and does not modify the earlier one", () => {
  fc.assert(
    fc.property(tree, tree, (earlier, later) => {
      const before = structuredClone(earlier);
      const merged = mergeValues(earlier, later);
      for (const path of valuePaths(later)) {
        const wanted = valueAt(later, path);
        if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) {
          assert.deepEqual(valueAt(merged, path), wanted);
        }
      }
      assert.deepEqual(earlier, before);
      assert.deepEqual(mergeValues(mergeValues(earlier, later), later), merged);
    }),
  );
});

test("sets a value at a path and finds it there", () => {
  assert.deepEqual(valueTree("a.b.c", 1), { a: { b: { c: 1 } } });
  assert.equal(valueAt(valueTree("a.b.c", 1), "a.b.c"), 1);
  assert.equal(valueAt({ a: 1 }, "a.b"), undefined);
  assert.deepEqual(valuePaths({ a: { "b.c/d": 1, e: {} } }), ["a.b\\.c/d", "a.e"]);
});
