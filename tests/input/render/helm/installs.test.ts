import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { helmChartValues } from "../../../../lib/input/render/helm/installs";
import { read, repository } from "../support";

const release = (source: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: linkerd, namespace: argocd}
spec:
  destination: {server: https://kubernetes.default.svc, namespace: mesh}
  ${source}
`;
const deny = "proxy: {defaultInboundPolicy: deny}\n";
const settings = async (files: Record<string, string>) => {
  const { linkerdSettings, unseen } = await read(repository(files), "never");
  return { linkerdSettings, unseen: unseen.map(reasonOfUnseen) };
};
const expected = { defaultPolicy: "deny", controlPlaneNamespace: "mesh" };

test("reads a remote chart's values from the files that an Application names", async () => {
  const source = `sources:
    - {repoURL: https://helm.linkerd.io/edge, chart: linkerd-control-plane, helm: {valueFiles: [$values/mesh/values.yaml]}}
    - {repoURL: https://example.com/owner/shop, ref: values}`;
  const found = await settings({ "app.yaml": release(source), "mesh/values.yaml": deny });
  assert.deepEqual(found.linkerdSettings, expected);
});

test("passes a chart's values on to its dependencies, under their name or alias", async () => {
  const source = "source: {repoURL: https://example.com/owner/shop, path: charts/mesh}";
  const chart = (dependency: string, values: string) =>
    settings({
      "app.yaml": release(source),
      "charts/mesh/Chart.yaml": `apiVersion: v2\nname: mesh\nversion: 1.0.0\ndependencies: [{name: linkerd-control-plane, version: 1.0.0, repository: https://helm.linkerd.io/edge${dependency}}]\n`,
      "charts/mesh/values.yaml": values,
    });
  const below = (name: string) => `${name}: {${deny.trim()}}\n`;
  assert.deepEqual((await chart("", below("linkerd-control-plane"))).linkerdSettings, expected);
  assert.deepEqual((await chart(", alias: l5d", below("l5d"))).linkerdSettings, expected);
  const off = await chart(", condition: l5d.enabled", `${below("linkerd-control-plane")}l5d: {enabled: false}\n`);
  assert.equal(off.linkerdSettings, undefined);
});

test("reads the values of a kustomization's charts, inline and from files", async () => {
  const kustomization = (values: string) => `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
helmCharts:
  - {name: linkerd-control-plane, namespace: mesh, repo: https://helm.linkerd.io/edge, ${values}}
`;
  const inline = { "kustomization.yaml": kustomization(`valuesInline: {${deny.trim()}}`) };
  assert.deepEqual((await settings(inline)).linkerdSettings, expected);
  const inFile = { "mesh/kustomization.yaml": kustomization("valuesFile: linkerd.yaml"), "mesh/linkerd.yaml": deny };
  assert.deepEqual((await settings(inFile)).linkerdSettings, expected);
});

test("a HelmChartConfig overrides a HelmChart's values, and `set` overrides both", async () => {
  const chart = { spec: { valuesContent: "a: 1\nb: {c: 1}\n", set: { "b.d": "4", "x\\.y": true } } };
  const config = { spec: { valuesContent: "a: 2\nb: {d: 2}\n" } };
  assert.deepEqual(helmChartValues(chart, config), { a: 2, b: { c: 1, d: "4" }, "x.y": true });
  assert.deepEqual(helmChartValues({}, undefined), {});
  const object = (kind: string, spec: string) =>
    `apiVersion: helm.cattle.io/v1\nkind: ${kind}\nmetadata: {name: linkerd-control-plane, namespace: kube-system}\nspec: ${spec}\n`;
  const found = await settings({
    "k3s.yaml": `${object("HelmChart", "{chart: linkerd-control-plane, targetNamespace: mesh}")}---\n${object("HelmChartConfig", `{valuesContent: "{${deny.trim()}}"}`)}`,
  });
  assert.deepEqual(found.linkerdSettings, expected);
});

test("values that cannot be read are reported along with the chart that cannot be read", async () => {
  const flux = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: linkerd, namespace: mesh}
spec:
  chart: {spec: {chart: linkerd-control-plane, sourceRef: {kind: HelmRepository, name: linkerd}}}
  valuesFrom: [{kind: Secret, name: linkerd-values}]
`;
  const { files } = { files: { "flux.yaml": flux } };
  const { unseen } = await read(repository(files));
  assert.match(unseen[0]?.detail ?? "", /some of its values are not known: those from Secret linkerd-values$/);
});
