import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { deployment, endpointsOf, policiesOf, policy, read, repository, withHelm, withKustomize } from "../support";

const url = "https://git.example/fleet";

const application = (source: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  destination: {server: https://kubernetes.default.svc, namespace: shop}
  sources:
    - ${source}
    - {repoURL: ${url}, ref: values}
`;

const chart = {
  "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "charts/web/values.yaml": "from: [cluster]\n",
  "charts/web/templates/policy.yaml": policy("web", "[{fromEntities: {{ .Values.from | toJson }}}]"),
};

async function outcome(source: string, files: Record<string, string>): Promise<[string[], string[]]> {
  const root = repository({ ...files, "argo.yaml": application(source) });
  const manifests = await read(root);
  return [policiesOf(manifests, root), manifests.unseen.map((one) => reasonOfUnseen(one).replaceAll(`${root}/`, ""))];
}

test(
  "merges values from files anywhere, parameters and fileParameters, the last taking precedence",
  withHelm,
  async () => {
    const entities = async (helm: string, files: Record<string, string> = {}) => {
      const source = `{repoURL: ${url}, path: charts/web, helm: ${helm}}`;
      const root = repository({ ...chart, ...files, "argo.yaml": application(source) });
      const { policies, unseen } = await read(root);
      return policies[0]?.manifest.spec?.ingress?.[0]?.fromEntities ?? unseen.map(reasonOfUnseen);
    };
    const cases: [string, string[], Record<string, string>?][] = [
      ['{parameters: [{name: "from[0]", value: world}, {name: "from[1]", value: host}]}', ["world", "host"]],
      ['{values: "from: [host]", parameters: [{name: from, value: "{world,host}"}]}', ["world", "host"]],
      ['{fileParameters: [{name: "from[0]", path: from.txt}]}', ["world"], { "charts/web/from.txt": "world" }],
      ["{valueFiles: [/env/web.yaml]}", ["world"], { "env/web.yaml": "from: [world]" }],
      ["{valueFiles: [$values/env/$ARGOCD_APP_NAME.yaml]}", ["world"], { "env/web.yaml": "from: [world]" }],
      [
        "{}",
        ["world"],
        { "charts/web/.argocd-source-web.yaml": "helm: {parameters: [{name: 'from[0]', value: world}]}" },
      ],
      ["{valueFiles: [https://a.example/v.yaml]}", ["its values file https://a.example/v.yaml is elsewhere"]],
      ["{fileParameters: [{name: from, path: no.txt}]}", ["its file no.txt is not here"]],
      [
        '{parameters: [{name: "from[x]", value: world}]}',
        ['one of its parameters is not valid for Helm: "from[x]=world" has "x" as a list index'],
      ],
    ];
    for (const [helm, expected, files] of cases) assert.deepEqual(await entities(helm, files), expected, helm);
  },
);

test("text that YAML 1.1 reads as a boolean or a number stays text for helm and kustomize", withHelm, async () => {
  const helm = '{valuesObject: {from: ["y", "yes", "012", "1_0"]}}';
  const template = policy("web", '[{fromEndpoints: [{matchLabels: {a: {{ join "-" .Values.from }}}}]}]');
  const root = repository({
    ...chart,
    "charts/web/templates/policy.yaml": template,
    "argo.yaml": application(`{repoURL: ${url}, path: charts/web, helm: ${helm}}`),
  });
  const { policies } = await read(root);
  assert.deepEqual(policies[0]?.manifest.spec?.ingress, [{ fromEndpoints: [{ matchLabels: { a: "y-yes-012-1_0" } }] }]);
  const files = { "k/kustomization.yaml": "resources: [p.yaml]\ncommonLabels: {a: 'yes'}\n", "k/p.yaml": policy("a") };
  const source = `{repoURL: ${url}, path: k, kustomize: {namePrefix: pre-, images: ["x=y:012"]}}`;
  assert.deepEqual(await outcome(source, files), [["shop/pre-a k/p.yaml:7"], []]);
});

test("reads an Application's folder, without what it excludes, and reports what it cannot read", async () => {
  const folder = (directory: string) => `{repoURL: ${url}, path: d, directory: ${directory}}`;
  const files = {
    "d/a.yaml": policy("a"),
    "d/sub/deep/b.yaml": policy("b"),
    "d/c.yaml": `# +argocd:skip-file-rendering\n${policy("c")}`,
    "d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 1.0.0\n",
  };
  assert.deepEqual((await outcome(folder("{recurse: true}"), files))[0], [
    "shop/a d/a.yaml:7",
    "shop/b d/sub/deep/b.yaml:7",
  ]);
  // `*` matches slashes.
  assert.deepEqual((await outcome(folder("{recurse: true, include: '{sub/*,x}'}"), files))[0], [
    "shop/b d/sub/deep/b.yaml:7",
  ]);
  assert.deepEqual((await outcome(folder("{recurse: true, exclude: 's*'}"), files))[0], ["shop/a d/a.yaml:7"]);
  const [, broken] = await outcome(folder("{exclude: x}"), { "d/a.yaml": policy("a"), "d/z.yaml": "a: [\n" });
  assert.match(broken.join(), /Argo CD cannot read d\/z\.yaml:2/);
  const [seen, made] = await outcome(folder("{}"), { "d/a.yaml": policy("a"), "d/b.jsonnet": "{}" });
  assert.deepEqual(seen, ["shop/a d/a.yaml:7"]);
  assert.match(made.join(), /jsonnet generates some of its manifests/);
});

test("leaves out hooks for deletion and failure", withHelm, async () => {
  const hook = (name: string, annotation: string) =>
    policy(name).replace("metadata:", `metadata:\n  annotations: {${annotation}}`);
  const files = {
    "d/all.yaml": [
      hook("skip", "argocd.argoproj.io/hook: Skip"),
      hook("sync", "argocd.argoproj.io/hook: PreSync"),
      hook("gone", "helm.sh/hook: post-delete"),
    ].join("---\n"),
  };
  assert.deepEqual((await outcome(`{repoURL: ${url}, path: d}`, files))[0], ["shop/sync d/all.yaml:17"]);
  const inChart = { ...chart, "charts/web/templates/policy.yaml": files["d/all.yaml"] };
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec: {chart: {spec: {chart: charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}}
`;
  const manifests = await read(repository({ ...inChart, "release.yaml": release }));
  assert.deepEqual(
    manifests.policies.map(({ manifest }) => manifest.metadata.name),
    ["skip", "sync"],
  );
});

test("passes an Application's API versions and schema validation on to helm", withHelm, async () => {
  const helm = "{kubeVersion: 1.31.2, apiVersions: [my.example/v1/Thing], skipSchemaValidation: true}";
  const root = repository({
    "app.yaml": application(`{repoURL: ${url}, path: charts/web, helm: ${helm}}`),
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values.schema.json": '{"required": ["missing"]}',
    "charts/web/templates/all.yaml": deployment(
      'v{{ .Capabilities.KubeVersion.Minor }}-{{ .Capabilities.APIVersions.Has "my.example/v1/Thing" }}-{{ .Capabilities.APIVersions.Has "cilium.io/v2" }}',
    ),
  });
  const manifests = await read(root);
  assert.deepEqual([endpointsOf(manifests), manifests.unseen], [["shop/v31-true-true"], []]);
});

test("an Application's kustomize options work like `kustomize edit`", withKustomize, async () => {
  const options = `{labelWithoutSelector: true, labelIncludeTemplates: true, commonLabels: {team: red},
      replicas: [{name: web, count: "3"}], components: [../here, ../missing], ignoreMissingComponents: true}`;
  const root = repository({
    "app.yaml": application(`{repoURL: ${url}, path: web, kustomize: ${options}}`),
    "web/kustomization.yaml": "resources: [web.yaml]\n",
    "web/web.yaml": deployment("web"),
    "here/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [db.yaml]\n",
    "here/db.yaml": deployment("db"),
  });
  const { workloads, unseen } = await read(root);
  assert.deepEqual(
    workloads.map(({ endpoint: { id, labels } }) => [id, labels]),
    [
      ["shop/db", { app: "db", team: "red" }],
      ["shop/web", { app: "web", team: "red" }],
    ],
  );
  assert.deepEqual(unseen, []);
});

test("an Application's images replace those of the kustomization", withKustomize, async () => {
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: x}]}}
`;
  const root = repository({
    "k/kustomization.yaml": "resources: [d.yaml]\nimages: [{name: x, newTag: old}]\n",
    "k/d.yaml": deployment,
    "argo.yaml": application(`{repoURL: ${url}, path: k, kustomize: {images: ["x=y.example:5000/z:2"]}}`),
  });
  const [workload] = (await read(root)).workloads;
  assert.match(JSON.stringify(workload), /"y\.example:5000\/z:2"/);
});

test(
  "a plugin that only runs kustomize is built with kustomize, and any other plugin is not run",
  withKustomize,
  async () => {
    const source = `{repoURL: ${url}, path: apps/web, plugin: {name: with-helm}}`;
    const app = {
      "apps/web/kustomization.yaml": "namePrefix: a-\nresources: [web.yaml]\n",
      "apps/web/web.yaml": policy("web"),
    };
    const inChart = (command: string) => ({
      "argocd/values.yaml": `configs: {cmp: {plugins: {with-helm: {generate: {command: [sh, -c], args: ["${command}"]}}}}}\n`,
    });
    const inConfigMap = (command: string) => ({
      "argocd/cmp.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: cmp, namespace: argocd}
data:
  plugin.yaml: |
    apiVersion: argoproj.io/v1alpha1
    kind: ConfigManagementPlugin
    metadata: {name: with-helm}
    spec: {generate: {command: ${command}}}
`,
    });
    const built = [["shop/a-web apps/web/web.yaml:7"], []];
    const plugin = [[], ["an Argo CD plugin generates its manifests"]];
    const cases: [Record<string, string>, unknown][] = [
      [inChart("kustomize build --enable-helm"), built],
      [inConfigMap("[kustomize, build, .]"), built],
      [inChart("kustomize build . | envsubst"), plugin],
      [inConfigMap("[sh, -c, curl x]"), plugin],
      [{}, plugin],
      [{ ...inChart("kustomize build"), ...inConfigMap("[kustomize, build, --enable-exec]") }, plugin],
    ];
    for (const [files, expected] of cases) {
      const [policies, unseen] = await outcome(source, { ...app, ...files });
      // A kustomization that no Application uses is built as it is.
      assert.deepEqual(
        [policies.filter((one) => one.startsWith("shop/")), unseen],
        expected,
        Object.values(files).join(),
      );
    }
  },
);

test("without a remote, reports Applications that name different repositories with folders here", async () => {
  const named = (name: string, source: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: argocd}
spec: {destination: {namespace: shop}, source: ${source}}
`;
  const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set, namespace: argocd}
spec:
  generators: [{matrix: {generators: [{git: {repoURL: https://git.example/elsewhere, directories: [{path: more/*}]}}, {list: {elements: [{}]}}]}}]
  template:
    metadata: {name: '{{path.basename}}'}
    spec: {destination: {namespace: shop}, source: {repoURL: ${url}, path: '{{path}}'}}
`;
  const unseenWith = async (other: string, more: Record<string, string> = {}) => {
    const own = named("own", `{repoURL: ${url}, path: apps}`);
    const files = { "apps/web.yaml": deployment("web"), "more/a/web.yaml": deployment("more") };
    const root = repository({ ...files, ...more, "argo.yaml": `${own}---\n${other}` });
    const { unseen } = await read(root);
    return unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`);
  };
  const unclear = (object: string, address: string) => [
    `${object}: its folder may be in another repository, because there is no git remote to tell which one this is: ${address}, while others name ${url}`,
  ];
  const other = named("other", "{repoURL: git@git.example:their/policies.git, path: more/a}");
  assert.deepEqual(await unseenWith(other), unclear("Application argocd/other", "git@git.example:their/policies.git"));
  assert.deepEqual(await unseenWith(set), unclear("ApplicationSet argocd/set", "https://git.example/elsewhere"));
  assert.deepEqual(await unseenWith(named("same", "{repoURL: ssh://git@git.example/fleet.git, path: more/a}")), []);
  assert.deepEqual(await unseenWith(named("absent", "{repoURL: https://git.example/elsewhere, path: none}")), [
    "Application argocd/absent: its source has no such folder here: none of https://git.example/elsewhere",
  ]);
  const config = `[remote "origin"]\n\turl = ${url}\n`;
  assert.deepEqual(await unseenWith(other, { ".git/config": config }), [
    "Application argocd/other: its source has no such folder here: more/a of git@git.example:their/policies.git",
  ]);
  assert.deepEqual(await unseenWith(named("artifact", "{repoURL: oci://registry.example/fleet, path: more/a}")), [
    "Application argocd/artifact: its source has no such folder here: more/a of oci://registry.example/fleet",
  ]);
});
