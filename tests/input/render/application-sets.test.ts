import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../lib/common/unseen";
import { fill } from "../../../lib/input/render/application-template";
import { policiesOf, policy, read, repository } from "./support";

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

test("generators give what Argo CD's give", async () => {
  const git = (more: string) => `{git: {repoURL: ${url}, ${more}}}`;
  const list = (...elements: string[]) => `{list: {elements: [${elements.join(", ")}]}}`;
  const cases: [string, string, string, string[]][] = [
    [list("{name: a}", "{name: b}"), "apps/{{name}}", "{{name}}", ["a/a", "b/b"]],
    [git("directories: [{path: apps/*}, {path: apps/b, exclude: true}]"), "{{path}}", "{{path.basename}}", ["a/a"]],
    [git("files: [{path: 'apps/**/config.json'}]"), "{{path}}", "{{ns}}", ["ay/a", "bee/b"]],
    // git's own pattern: `*` crosses folders.
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
    [
      "{clusters: {selector: {matchLabels: {env: prod}}}}",
      "apps/a",
      "{{name}}",
      ["its clusters are known only to Argo CD"],
    ],
    ["{git: {repoURL: https://git.example/other, directories: [{path: '*'}]}}", "{{path}}", "x", []],
  ];
  for (const [generators, path, namespace, expected] of cases)
    assert.deepEqual(await made(generators, path, namespace), expected, generators);
});

test("what a generator of another repository reads is not taken from this one", async () => {
  const go = "  goTemplate: true\n";
  assert.deepEqual(
    await made(
      `{git: {repoURL: ${url}, directories: [{path: apps/a}]}}`,
      "{{.path.path}}",
      "{{ .path.basename | upper | lower }}-{{ index .path.segments 0 }}",
      go,
    ),
    ["a-apps/a"],
  );
  assert.deepEqual(await made("{list: {elements: [{name: a}]}}", "apps/a", "{{ if .name }}x{{ end }}", go), [
    "its template asks for {{if .name}}, which is not known here",
  ]);
});

test("pipelines of Go's templates, and what is more than they are", () => {
  const parameters = { name: "Web_App", list: ["a", "b"], deep: { er: 1 }, on: true };
  const cases: [string, string | undefined][] = [
    ['{{ .name | lower | replace "_" "-" }}', "web-app"],
    ['{{ trimSuffix "_App" .name }}', "Web"],
    ["{{ index .list 1 }}-{{ .deep.er }}-{{ .on }}", "b-1-true"],
    ["{{ (index .list 0) | upper | quote }}", '"A"'],
    ['{{ .missing | default "x" }}', "x"],
    ['{{ default "x" .name }}', "Web_App"],
    ["{{ normalize .name }}", "web-app"],
    ["{{ .missing }}", undefined],
    ["{{ range .list }}", undefined],
    ["{{ .name | env }}", undefined],
    ["{{ constructor }}", undefined],
    ["{{ .constructor.name }}", undefined],
    ["{{ index .list 7 }}", undefined],
    ["{{ .name .name }}", undefined],
  ];
  for (const [template, text] of cases) {
    const { value, unknown } = fill(template, parameters, true);
    assert.deepEqual(unknown === undefined ? value : undefined, text, template);
  }
});
