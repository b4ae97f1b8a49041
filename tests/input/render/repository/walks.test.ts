import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { filesBelow, workingTree } from "../../../../lib/input/render/repository/tree";
import { deployment, endpointsOf, read, repository } from "../support";

const source = "{repoURL: https://git.example/fleet, path: apps, directory: {recurse: true}}";

test("links to a parent folder are not followed, and hide no other files", async () => {
  const root = repository({
    "apps/a/web.yaml": deployment("web"),
    "argo.yaml": `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a, namespace: argocd}
spec: {destination: {server: https://kubernetes.default.svc, namespace: shop}, source: ${source}}
`,
  });
  for (const [name, target] of [
    ["one", "."],
    ["two", "."],
    ["up", ".."],
  ] as const)
    symlinkSync(target, path.join(root, "apps", name));
  const manifests = await read(root);
  assert.deepEqual([endpointsOf(manifests), manifests.unseen], [["shop/web"], []]);
});

test("a walk that leads deeper than any repository ends in a message", () => {
  const root = repository({ [`${"x/".repeat(50)}a.yaml`]: "" });
  const tree = workingTree([root]);
  assert.ok(tree);
  assert.throws(() => filesBelow(tree, "x"), /leads through more than 40 folders/);
});
