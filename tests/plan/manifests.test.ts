import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { readFiles } from "../../lib/input/files/files";
import { planAsFiles } from "../../lib/plan/manifests";
import type { Plan } from "../../lib/plan/model";
import { temporaryDirectory } from "./fixture";

const resource = (type: string, kind: string, apiVersion: string, metadata: object) =>
  ({ urn: `urn:${type}:x`, name: "x", type, inputs: { apiVersion, kind, metadata } }) as never;

const plan = {
  project: "p",
  stack: "s",
  resources: [
    resource("kubernetes:apps/v1:DaemonSetPatch", "DaemonSet", "apps/v1", { name: "cilium", namespace: "kube-system" }),
    resource("kubernetes:core/v1:NamespacePatch", "Namespace", "v1", { name: "shop" }),
    resource("kubernetes:apiextensions.k8s.io:CustomResourcePatch", "Widget", "example.com/v1", { name: "a\nb: c" }),
    resource("kubernetes:apps/v1:DaemonSet", "DaemonSet", "apps/v1", { name: "own", namespace: "kube-system" }),
    // A user's kind may have such a name and be a whole object.
    resource("kubernetes:example.com/v1:JsonPatch", "JsonPatch", "example.com/v1", { name: "whole" }),
  ],
} as unknown as Plan;

test("distinguishes a patch from an object by its file name, and says how to apply it", () => {
  const files = planAsFiles(plan);
  assert.deepEqual(
    [...files.keys()].sort(),
    [
      "_cluster/jsonpatch-whole.yaml",
      "_cluster/namespace-shop.yaml",
      "_cluster/widget-a_b__c.yaml.patch",
      "kube-system/daemonset-cilium.yaml.patch",
      "kube-system/daemonset-own.yaml",
    ].sort(),
  );
  const text = files.get("kube-system/daemonset-cilium.yaml.patch") ?? "";
  const command = "kubectl patch daemonset cilium --namespace kube-system --type strategic --patch-file THIS-FILE";
  assert.ok(text.startsWith(`# Part of an object that something else creates: ${command}\n`), text);
  assert.deepEqual(Object.keys(parse(text)), ["apiVersion", "kind", "metadata"]);
  assert.match(files.get("_cluster/widget-a_b__c.yaml.patch") ?? "", / --type merge /);
});

test("reading the folder never takes a patch for an object", () => {
  const folder = temporaryDirectory();
  for (const [file, text] of planAsFiles(plan)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  const { files, problems } = readFiles([folder]);
  assert.deepEqual(problems, []);
  assert.deepEqual(files.map(({ file }) => path.basename(file)).sort(), [
    "daemonset-own.yaml",
    "jsonpatch-whole.yaml",
    "namespace-shop.yaml",
  ]);
});
