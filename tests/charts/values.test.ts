import assert from "node:assert/strict";
import { test } from "node:test";
import { ciliumImages } from "../../lib/cilium/install/images";
import { valuePaths } from "../../lib/common/helm-values";
import { pinned } from "../../lib/common/versions";
import { controlPlaneImages, vizImages } from "../../lib/linkerd/install/images";
import defaults from "./defaults.json";
import { plannedValues } from "./plans";

const remedy = "see tests/charts/regenerate.ts";

test("the known values are those of the pinned charts", () => {
  assert.equal(defaults.cilium.version, pinned.cilium, remedy);
  for (const chart of ["linkerd-crds", "linkerd-control-plane", "linkerd-viz"] as const) {
    assert.equal(defaults[chart].version, pinned.linkerd.chart, remedy);
  }
});

test("every image that a chart names is one that can be moved", () => {
  // This one has no default: whoever switches it on names an image.
  const { "standaloneDnsProxy.image": _none, ...upstream } = defaults.cilium.images;
  assert.deepEqual({ ...ciliumImages }, upstream, remedy);
  assert.deepEqual(Object.keys(vizImages).sort(), Object.keys(defaults["linkerd-viz"].images).sort(), remedy);
  const controlPlane = Object.keys(controlPlaneImages).filter((path) => path.endsWith(".image.name"));
  assert.deepEqual(
    controlPlane.map((path) => path.replace(/\.name$/, "")).sort(),
    Object.keys(defaults["linkerd-control-plane"].images).sort(),
    remedy,
  );
});

for (const { name, chart, values } of plannedValues) {
  test(`${name}: every value that is set is one that the chart knows`, () => {
    const known = Object.keys(defaults[chart].defaults);
    const unknown = valuePaths(values).filter((path) => !known.includes(path));
    assert.deepEqual(unknown, [], remedy);
  });
}
