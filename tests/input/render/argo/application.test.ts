import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { deployment, endpointsOf, policiesOf, policy, read, repository, withHelm, withKustomize } from "../support";

const application = (name: string, source: string, more = "") => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: argocd}
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: ${name}}
${source}${more}`;

const repo = "https://example.com/owner/shop.git";

test("renders Applications of every kind of folder, in their destination's namespace", withHelm, async () => {
  const root = repository({
    "apps/plain.yaml": application("plain", `  source: {repoURL: ${repo}, path: plain, targetRevision: main}\n`),
    "plain/web.yaml": deployment("web"),
    "plain/deeper/not-read.yaml": deployment("deeper"),
    "apps/overlay.yaml": application(
      "overlay",
      `  source:
    repoURL: ${repo}
    path: overlay
    kustomize:
      namePrefix: argo-
      patches:
        - {target: {kind: CiliumNetworkPolicy}, patch: '[{"op": "replace", "path": "/spec/ingress", "value": [{"fromEntities": ["host"]}]}]'}
`,
    ),
    "overlay/kustomization.yaml": "resources: [all.yaml]\n",
    "overlay/all.yaml": `${deployment("db")}---\n${policy("db")}`,
    "apps/chart.yaml": application(
      "chart",
      `  sources:
    - repoURL: ${repo}
      path: chart
      helm:
        releaseName: live
        valueFiles: [$values/values/live.yaml]
        valuesObject: {port: 2}
        parameters: [{name: inner.port, value: "3"}]
    - {repoURL: ${repo}, ref: values}
  syncPolicy:
    syncOptions: [CreateNamespace=true]
    managedNamespaceMetadata: {labels: {team: red}}
`,
    ),
    "values/live.yaml": "port: 1\nfrom: world\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "chart/templates/all.yaml": `${deployment("{{ .Release.Name }}-{{ .Values.port }}-{{ .Values.inner.port }}-{{ .Values.from }}")}`,
    "apps/plugin.yaml": application("plugin", `  source: {repoURL: ${repo}, path: plain, plugin: {name: x}}\n`),
  });
  const manifests = await read(root);
  assert.deepEqual(endpointsOf(manifests), ["chart/live-2-3-world", "default/deeper", "overlay/argo-db", "plain/web"]);
  assert.deepEqual(policiesOf(manifests, root), ["overlay/argo-db overlay/all.yaml:17"]);
  assert.deepEqual(manifests.policies[0]?.manifest.spec?.ingress, [{ fromEntities: ["host"] }]);
  assert.deepEqual(manifests.namespaces, [{ name: "chart", labels: { team: "red" } }]);
  assert.deepEqual(
    manifests.unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`),
    ["Application argocd/plugin: an Argo CD plugin generates its manifests"],
  );
});

const applicationSet = (generators: string, name: string, at: string, more = "") => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set, namespace: argocd}
spec:
${more}  generators:
${generators}
  template:
    metadata: {name: "${name}"}
    spec:
      project: default
      source: {repoURL: ${repo}, targetRevision: main, path: "${at}"}
      destination: {server: https://kubernetes.default.svc, namespace: "${name}"}
`;

const teams = {
  "teams/red/web.yaml": deployment("web"),
  "teams/blue/web.yaml": deployment("web"),
  "teams/old/web.yaml": deployment("web"),
};

for (const [kind, files, names] of [
  [
    "a list",
    { "set.yaml": applicationSet("    - list: {elements: [{team: red}, {team: blue}]}", "{{team}}", "teams/{{team}}") },
    ["blue/web", "red/web"],
  ],
  [
    "folders of the repository",
    {
      "set.yaml": applicationSet(
        "    - git: {directories: [{path: teams/*}, {path: teams/old, exclude: true}]}",
        "{{path.basename}}",
        "{{path}}",
      ),
    },
    ["blue/web", "red/web"],
  ],
  [
    "folders, with Go templates",
    {
      "set.yaml": applicationSet(
        "    - git: {directories: [{path: teams/*}]}",
        "{{ .path.basename }}",
        "{{ index .path.segments 0 }}/{{ .path.basename }}",
        "  goTemplate: true\n",
      ),
    },
    ["blue/web", "old/web", "red/web"],
  ],
  [
    "files of the repository",
    {
      "set.yaml": applicationSet("    - git: {files: [{path: config/**/team.json}]}", "{{name}}", "teams/{{name}}"),
      "config/a/team.json": '{"name": "red"}',
    },
    ["red/web"],
  ],
  [
    "the cluster itself",
    { "set.yaml": applicationSet("    - clusters: {}", "{{name}}", "teams/red") },
    ["in-cluster/web"],
  ],
] as const) {
  test(`an ApplicationSet generates Applications from ${kind}`, async () => {
    const root = repository({ ...teams, ...files });
    const manifests = await read(path.join(root, "set.yaml"));
    assert.deepEqual(endpointsOf(manifests), names);
    assert.deepEqual([manifests.unseen, manifests.problems], [[], []]);
  });
}

const many = `{list: {elements: [${Array.from({ length: 50 }, (_, index) => `{n${index}: "1"}`).join()}]}}`;

test("reports as not seen what only Argo CD knows", async () => {
  for (const [generators, says] of [
    ["    - pullRequest: {github: {owner: a, repo: b}}", /only Argo CD knows what its generator pullRequest produces/],
    ["    - clusters: {selector: {matchLabels: {env: prod}}}", /only Argo CD knows its clusters/],
    [`    - matrix: {generators: [${many}, ${many}]}`, /it generates more than 2000 Applications/],
    [
      "    - list: {elements: [{team: red}]}",
      /its template uses parameters that its generators do not produce: \{\{other\}\}/,
    ],
  ] as const) {
    const root = repository({ ...teams, "set.yaml": applicationSet(generators, "{{other}}", "teams/red") });
    const { unseen } = await read(path.join(root, "set.yaml"));
    assert.match(unseen.map(reasonOfUnseen).join(), says);
  }
});

test("invalid manifests end in a message, not an exception", async () => {
  for (const [files, says] of [
    [
      { "x.json": "{", "set.yaml": applicationSet("    - git: {files: [{path: x.json}]}", "a", "teams/red") },
      /it cannot be rendered/,
    ],
    [{ "set.yaml": applicationSet("    - git: {directories: [{path: 'teams/[*'}]}", "a", "teams/red") }, /^$/],
    [
      { "set.yaml": application("x", `  source: {repoURL: ${repo}, path: teams/red, directory: {include: "[("}}\n`) },
      /^$/,
    ],
    [
      { "set.yaml": application("x", `  source: {repoURL: ${repo}, path: ../../.., directory: {}}\n`) },
      /has no such folder here/,
    ],
  ] as const) {
    const root = repository({ ...teams, ...files });
    const { unseen } = await read(path.join(root, "set.yaml"));
    assert.match(unseen.map(reasonOfUnseen).join(), says);
  }
});

test("an Application for another cluster is left out", withKustomize, async () => {
  const root = repository({
    ...teams,
    "a.yaml": application("here", `  source: {repoURL: ${repo}, path: teams/red}\n`),
    "b.yaml": application("there", `  source: {repoURL: ${repo}, path: teams/blue}\n`).replace(
      "https://kubernetes.default.svc",
      "https://other:6443",
    ),
  });
  const { unseen } = await read(root);
  assert.deepEqual(
    unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`),
    [
      "Application argocd/there: it is for cluster https://other:6443, but other objects in the input are for in-cluster",
    ],
  );
});
