import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import type { LocatedDocument } from "../../../../lib/input/manifests/document";
import { readYaml } from "../../../../lib/input/manifests/yaml";
import { applicationsOf } from "../../../../lib/input/render/argo/application-set";
import { ReferencedObjects } from "../../../../lib/input/render/objects/referenced-objects";
import { type SourceTree, workingTree } from "../../../../lib/input/render/repository/tree";
import { policiesOf, policy, read, repository } from "../support";

const url = "https://git.example/fleet";

const apps = {
  "apps/a/p.yaml": policy("a"),
  "apps/b/p.yaml": policy("b"),
  "apps/.hidden/p.yaml": policy("hidden"),
  "apps/a/config.json": '{"ns": "ay"}',
  "apps/b/config.json": '{"ns": "bee", "more": {"x": "y"}}',
};

async function made(generators: string, path: string, namespace: string, more = ""): Promise<string[]> {
  const root = repository({
    ...apps,
    "set.yaml": `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: apps, namespace: argocd}
spec:
  generators: [${generators}]
${more}  template:
    metadata: {name: '${namespace}'}
    spec:
      destination: {server: https://kubernetes.default.svc, namespace: '${namespace}'}
      source: {repoURL: ${url}, path: '${path}'}
`,
  });
  const manifests = await read(root);
  const reasons = manifests.unseen.filter(({ object }) => /^ApplicationSet/.test(object)).map(reasonOfUnseen);
  const places = policiesOf(manifests, root).map((place) => place.split(" ")[0] ?? "");
  return reasons.length > 0 ? reasons : places.filter((place) => !place.startsWith("default/"));
}

test("generators produce the parameters that Argo CD's produce", async () => {
  const cases: [string, string, string, string[]][] = [
    [list("{name: a}", "{name: b}"), "apps/{{name}}", "{{name}}", ["a/a", "b/b"]],
    [git("directories: [{path: apps/*}, {path: apps/b, exclude: true}]"), "{{path}}", "{{path.basename}}", ["a/a"]],
    [git("files: [{path: 'apps/**/config.json'}]"), "{{path}}", "{{ns}}", ["ay/a", "bee/b"]],
    // This is git's own pattern, in which `*` matches slashes.
    [git("files: [{path: '*/config.json'}, {path: 'apps/a/*', exclude: true}]"), "{{path}}", "{{more.x}}", ["y/b"]],
    [
      git("files: [{path: 'apps/*/config.json'}], pathParamPrefix: me, values: {to: 'v-{{ns}}'}"),
      "{{me.path}}",
      "{{values.to}}",
      ["v-ay/a", "v-bee/b"],
    ],
    [
      `{matrix: {generators: [${list("{folder: apps}")}, ${git("directories: [{path: '{{folder}}/*'}]")}]}}`,
      "{{path}}",
      "{{path.basename}}",
      ["a/a", "b/b"],
    ],
    [
      `{merge: {mergeKeys: [name], generators: [${list("{name: a, ns: one}", "{name: b, ns: two}")}, ${list("{name: b, ns: three}", "{name: c}")}]}}`,
      "apps/{{name}}",
      "{{ns}}",
      ["one/a", "three/b"],
    ],
    [
      "{list: {elements: [{name: a}, {name: b}]}, selector: {matchExpressions: [{key: name, operator: NotIn, values: [a]}]}}",
      "apps/{{name}}",
      "{{name}}",
      ["b/b"],
    ],
    [
      "{list: {elements: [{name: a}], template: {spec: {destination: {namespace: own}}}}}",
      "apps/{{name}}",
      "{{name}}",
      ["own/a"],
    ],
    ["{clusters: {values: {ns: 'x-{{name}}'}}}", "apps/a", "{{values.ns}}", ["x-in-cluster/a"]],
    ["{clusters: {selector: {matchLabels: {env: prod}}}}", "apps/a", "{{name}}", ["only Argo CD knows its clusters"]],
    ["{git: {repoURL: https://git.example/other, directories: [{path: '*'}]}}", "{{path}}", "x", []],
  ];
  for (const [generators, path, namespace, expected] of cases)
    assert.deepEqual(await made(generators, path, namespace), expected, generators);
});

const git = (more: string) => `{git: {repoURL: ${url}, ${more}}}`;
const list = (...elements: string[]) => `{list: {elements: [${elements.join(", ")}]}}`;
const go = "  goTemplate: true\n";
const strict = `${go}  goTemplateOptions: [missingkey=error]\n`;

test("evaluates Go templates with sprig and Argo CD's functions", async () => {
  const cases: [string, string, string, string, string[]][] = [
    [
      go,
      git("directories: [{path: apps/a}]"),
      "{{.path.path}}",
      "{{ .path.basename | upper | lower }}-{{ index .path.segments 0 }}",
      ["a-apps/a"],
    ],
    [go, list("{name: a}"), "apps/a", '{{ if eq .name "a" }}x{{ else }}y{{ end }}', ["x/a"]],
    [go, list("{name: b, parts: [p, q]}"), "apps/{{.name}}", "{{ range .parts }}{{ . }}{{ end }}", ["pq/b"]],
    [go, list("{name: a, env: {ns: deep}}"), "apps/a", "{{ with .env }}{{ .ns }}{{ end }}", ["deep/a"]],
    [strict, list("{name: a}"), "apps/a", '{{ dig "ns" "other" . }}', ["other/a"]],
    [
      strict,
      `{matrix: {generators: [${git("files: [{path: apps/b/config.json}]")}, {list: {elementsYaml: '{{ list .more | toJson }}'}}]}}`,
      "{{ .path.path }}",
      "{{ .x }}",
      ["y/b"],
    ],
    // In the second generator's values, a matrix replaces only the first one's parameters.
    [
      strict,
      `{matrix: {generators: [${list("{env: prod}")}, ${git("directories: [{path: apps/*}], values: {to: '{{.env}}', at: '{{.path.basename}}'}")}]}}`,
      "{{ .path.path }}",
      "{{ .values.to }}-{{ .values.at }}",
      ["prod-a/a", "prod-b/b"],
    ],
    [
      go,
      `{merge: {mergeKeys: [name], generators: [${list("{name: a, in: {x: p, z: q}}")}, ${list("{name: a, in: {x: z}}")}]}}`,
      "apps/{{.name}}",
      "{{ .in.x }}{{ .in.z }}",
      ["zq/a"],
    ],
    [
      go,
      `{list: {elements: [{name: a, in: {x: p}}, {name: b, in: {x: q}}]}, selector: {matchLabels: {in.x: q}}}`,
      "apps/{{.name}}",
      "{{.name}}",
      ["b/b"],
    ],
    [go, "{clusters: {flatList: true}}", "apps/a", "{{ (index .clusters 0).name }}", ["in-cluster/a"]],
  ];
  for (const [options, generators, folder, namespace, expected] of cases)
    assert.deepEqual(await made(generators, folder, namespace, options), expected, generators + namespace);
});

test("an ApplicationSet that Argo CD refuses generates nothing, and the reason is reported", async () => {
  const cannot = (why: string) => [`its templates cannot be evaluated: ${why}`];
  const cases: [string, string, string, string[]][] = [
    [strict, list("{name: a}", "{name: b, ns: x}"), "{{ .ns }}", cannot("it uses .ns, which does not exist")],
    [
      go,
      list("{name: a}"),
      "{{ .ns }}",
      ["its template uses parameters that its generators do not produce: <no value>"],
    ],
    [go, list("{name: a}"), "{{ .name | env }}", cannot("it calls env, which is not a function")],
    [go, list("{name: a}"), "{{ now }}", cannot("it calls now, which is not evaluated here")],
    [go, list("{name: a}"), "{{ if .name }}x", cannot("its {{if}} has no {{end}}")],
    [
      `${go}  goTemplateOptions: [other]\n`,
      list("{name: a}"),
      "x",
      cannot("its option other is not one of Go's templates"),
    ],
    [
      "",
      list("{name: a}", "{name: a}"),
      "x",
      ["two of its Applications have the same name, so Argo CD applies none: x"],
    ],
    [
      "",
      list("{port: 80}"),
      "x",
      cannot("port of an element of its list is not a string, which only goTemplate allows"),
    ],
    [
      "",
      `{merge: {mergeKeys: [name], generators: [${list("{name: a}", "{name: a, x: z}")}, ${list("{name: a}")}]}}`,
      "{{name}}",
      cannot("its merge has two elements with the same name"),
    ],
    [
      "",
      `{matrix: {generators: [${list("{name: a}")}, ${list("{name: b}")}]}}`,
      "{{name}}",
      cannot("the generators of its matrix give name different values"),
    ],
  ];
  for (const [options, generators, namespace, expected] of cases)
    assert.deepEqual(await made(generators, "apps/a", namespace, options), expected, generators + namespace);
});

test("merges templatePatch into each Application", async () => {
  const patch = (text: string) => `${go}  templatePatch: |\n${text.replaceAll(/^/gm, "    ")}\n`;
  const elements = list("{name: a, to: b}", "{name: c, keep: true}");
  assert.deepEqual(
    await made(
      elements,
      "apps/a",
      "{{.name}}",
      patch("{{- if .to }}\nspec:\n  project: other\n  source: {path: 'apps/{{ .to }}'}\n{{- end }}"),
    ),
    ["a/b", "c/a"],
  );
  // Null removes a member, and only a mapping is a patch.
  assert.deepEqual(await made(elements, "apps/a", "{{.name}}", patch("spec: {source: null}")), []);
  assert.deepEqual(await made(elements, "apps/a", "{{.name}}", patch("- a")), [
    "its templates cannot be evaluated: its patch does not evaluate to a mapping",
  ]);
});

test("without goTemplate, text in braces that is not a parameter stays as it is", async () => {
  const root = repository({
    "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "set.yaml": `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: apps, namespace: argocd}
spec:
  generators: [${list("{name: a}")}]
  template:
    metadata: {name: '{{name}}'}
    spec:
      destination: {server: https://kubernetes.default.svc, namespace: '{{ name }}'}
      source: {repoURL: ${url}, path: chart, helm: {valuesObject: {text: '{{ .Values.x }} {{name}}'}}}
`,
  });
  const [document] = readYaml(readFileSync(path.join(root, "set.yaml"), "utf8"), "set.yaml").documents;
  const made = applicationsOf(workingTree([root]) as SourceTree, new ReferencedObjects(), document as LocatedDocument);
  assert.deepEqual(
    (made as LocatedDocument[]).map(({ value }) => (value as { spec: { source: { helm: unknown } } }).spec.source.helm),
    [{ valuesObject: { text: "{{ .Values.x }} a" } }],
  );
});
