import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { showsColours } from "../../lib/cli/output/terminal";
import { readYaml } from "../../lib/input/manifests/yaml";
import { type Plan, type PlannedResource, planAsFiles } from "../../lib/plan";
import { planAsMarkdown } from "../../lib/report/plan/markdown";
import { planAsText } from "../../lib/report/plan/text";
import { colourStyle } from "../../lib/report/style";

function resource(name: string, overrides: Partial<PlannedResource> = {}): PlannedResource {
  const type = overrides.type ?? "kubernetes:core/v1:ConfigMap";
  return {
    urn: `urn:pulumi:s::p::${type}::${name}`,
    type,
    name,
    dependsOn: [],
    wave: 1,
    inputs: {},
    component: false,
    ...overrides,
  };
}

const plan = (...resources: PlannedResource[]): Plan => ({ project: "p", stack: "s", resources });

test("a component heads its resources of a wave, on the same line if there is only one", () => {
  const outer = resource("outer", { type: "t:index:Outer", component: true });
  const inner = resource("outer-inner", { type: "t:index:Inner", component: true, parent: outer.urn });
  const text = planAsText(
    plan(
      outer,
      inner,
      resource("outer-inner-a", { parent: inner.urn }),
      resource("outer-inner-b", { parent: inner.urn, wave: 2 }),
      resource("outer-c", { parent: outer.urn, wave: 2, inputs: { metadata: { namespace: "n", name: "c" } } }),
    ),
  );
  assert.equal(
    text,
    `p, stack s: 3 resources in 2 waves
Resources in the same wave can be created in parallel.

Wave 1
  outer/inner/a         ConfigMap

Wave 2
  outer                 Outer
    c                   ConfigMap  n/c
    inner/b             ConfigMap
`,
  );
});

test("long names are cut, not wrapped", () => {
  const long = "a".repeat(200);
  const text = planAsText(plan(resource(long, { inputs: { metadata: { name: long } } })));
  assert.equal(Math.max(...text.split("\n").map((line) => line.length)), 80);
  assert.match(text, /a… {2}ConfigMap {2}a+…/);
});

test("names in a program cannot break the Markdown", () => {
  const markdown = planAsMarkdown(plan(resource("a|b`c", { inputs: { metadata: { name: "<x>|*y*" } } })));
  assert.match(markdown, /\| 1 \| a\\\|b\\`c \| ConfigMap \| \\<x\\>\\\|\\\*y\\\* \| {2}\|/);
});

test("derives paths from objects, distinguishes clashes, and never leaves the directory", () => {
  const object = (name: string, metadata: { [key: string]: string } | undefined) =>
    resource(name, { inputs: { apiVersion: "v1", kind: "ConfigMap", ...(metadata && { metadata }) } });
  const files = planAsFiles(
    plan(
      object("one", { name: "same", namespace: "n" }),
      object("two", { name: "same", namespace: "n" }),
      object("auto", undefined),
      object("evil", { name: "../../etc/passwd", namespace: ".." }),
      resource("release", {
        type: "kubernetes:helm.sh/v3:Release",
        inputs: { chart: "c", version: "1.0.0", values: { a: 1 }, compat: "true" },
      }),
      resource("key", { type: "tls:index/privateKey:PrivateKey" }),
    ),
  );
  assert.deepEqual(
    [...files.keys()],
    [
      "_/configmap-__.._etc_passwd.yaml",
      "_cluster/configmap-auto.yaml",
      "_helm/default/release/release.yaml",
      "_helm/default/release/values.yaml",
      "n/configmap-same.yaml",
      "n@two/configmap-same.yaml",
    ].sort(),
  );
  assert.equal(files.get("_helm/default/release/release.yaml"), "chart: c\nversion: 1.0.0\n");
  assert.equal(
    files.get("n/configmap-same.yaml"),
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: same\n  namespace: "n"\n',
  );
});

test("uses colours only on terminals that have them", () => {
  assert.equal(showsColours({ isTTY: true, hasColors: () => true }), true);
  assert.equal(showsColours({ isTTY: true, hasColors: () => false }), false);
  assert.equal(showsColours({ hasColors: () => true }), false);
  const styled = planAsText(plan(resource("a")), colourStyle);
  assert.equal(stripVTControlCharacters(styled), planAsText(plan(resource("a"))));
  assert.notEqual(styled, planAsText(plan(resource("a"))));
});

test("files survive a round trip through kubectl's YAML 1.1", () => {
  const odd = [
    "yes",
    "on",
    "No",
    "y",
    "~",
    "1_000",
    "0o14",
    "0x1F",
    "0777",
    "1:30",
    "1e3",
    ".inf",
    "2001-01-01",
    "<<",
    "=",
    "a\u202eb\u0085",
    "",
  ];
  const labels = Object.fromEntries(
    odd.map((text, index) => [text === "" ? "empty" : text, odd[odd.length - 1 - index] ?? ""]),
  );
  const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "odd", labels } };
  const [text = ""] = planAsFiles(plan(resource("odd", { inputs }))).values();
  const [document] = readYaml(text, "odd.yaml").documents;
  assert.ok(document);
  assert.deepEqual((document.value as typeof inputs).metadata.labels, labels);
  assert.doesNotMatch(text, /[\u202e\u0085]/, "nothing hidden");
});
