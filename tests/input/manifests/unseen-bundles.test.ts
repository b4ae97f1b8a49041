import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const read = (file: string, text: string) => readManifests([{ file, text, found: true }]);
const unseenOf = (file: string, text: string) =>
  read(file, text).unseen.map(({ object, line, pods }) => [object, line, pods]);

test("a bundle of Fleet is named, and its values of Cilium are read", () => {
  const bundle = `defaultNamespace: kube-system
helm:
  chart: cilium
  values: {policyEnforcementMode: never}
`;
  assert.deepEqual(unseenOf("infra/fleet.yaml", bundle), [["Fleet bundle", 1, ["kube-system"]]]);
  assert.equal(read("infra/fleet.yaml", bundle).agent?.policyEnforcement, "never");
  assert.deepEqual(unseenOf("infra/fleet.yaml", "kustomize: {dir: overlays/dev}\n"), [["Fleet bundle", 1, "anywhere"]]);
  // Some other file of that name, and such values in some other file.
  assert.deepEqual(unseenOf("fleet.yaml", "cars: 3\n"), []);
  assert.deepEqual(
    [unseenOf("values.yaml", bundle), read("values.yaml", bundle).agent?.policyEnforcement],
    [[], undefined],
  );
});

test("manifests in a machine configuration of Talos are named", () => {
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

test("kinds that install charts or a network elsewhere are named", () => {
  for (const [apiVersion, kind] of [
    ["addons.cluster.x-k8s.io/v1alpha1", "HelmChartProxy"],
    ["helm.fluxcd.io/v1", "HelmRelease"],
    ["kops.k8s.io/v1alpha2", "Cluster"],
  ])
    assert.equal(unseenOf("a.yaml", `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}}`).length, 1, kind);
});
