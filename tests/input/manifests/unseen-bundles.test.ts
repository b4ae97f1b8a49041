import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const read = (file: string, text: string) => readManifests([{ file, text, found: true }]);
const unseenOf = (file: string, text: string) =>
  read(file, text).unseen.map(({ object, line, pods }) => [object, line, pods]);

test("reports a Fleet bundle, and reads its values for Cilium", () => {
  const bundle = `defaultNamespace: kube-system
helm:
  chart: cilium
  values: {policyEnforcementMode: never}
`;
  assert.deepEqual(unseenOf("infra/fleet.yaml", bundle), [["Fleet bundle", 1, ["kube-system"]]]);
  assert.equal(read("infra/fleet.yaml", bundle).agent?.policyEnforcement, "never");
  assert.deepEqual(unseenOf("infra/fleet.yaml", "kustomize: {dir: overlays/dev}\n"), [["Fleet bundle", 1, "anywhere"]]);
  // Another file of that name, and such values in another file.
  assert.deepEqual(unseenOf("fleet.yaml", "cars: 3\n"), []);
  assert.deepEqual(
    [unseenOf("values.yaml", bundle), read("values.yaml", bundle).agent?.policyEnforcement],
    [[], undefined],
  );
});

test("reports the manifests in a Talos machine configuration", () => {
  const talos = (cluster: string) => `machine: {type: controlplane}\ncluster:\n  ${cluster}\n`;
  const object = "Talos machine configuration";
  assert.deepEqual(unseenOf("talos/patch.yaml", talos('inlineManifests: [{name: a, contents: ""}]')), [
    [object, 3, "anywhere"],
  ]);
  assert.deepEqual(unseenOf("talos/patch.yaml", talos("extraManifests: [https://x/y.yaml]")), [
    [object, 3, "anywhere"],
  ]);
  assert.deepEqual(unseenOf("talos/patch.yaml", talos("inlineManifests: []")), []);
});

test("reports kinds that install charts or a network elsewhere", () => {
  for (const [apiVersion, kind] of [
    ["addons.cluster.x-k8s.io/v1alpha1", "HelmChartProxy"],
    ["helm.fluxcd.io/v1", "HelmRelease"],
    ["kops.k8s.io/v1alpha2", "Cluster"],
  ])
    assert.equal(unseenOf("a.yaml", `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}}`).length, 1, kind);
});
