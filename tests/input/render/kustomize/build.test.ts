import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { RenderCache } from "../../../../lib/input/render/tools/cache";
import { temporaryDirectory } from "../../../plan/fixture";
import { deployment, endpointsOf, found, policiesOf, policy, read, repository, withKustomize } from "../support";

const kustomization = (text: string) => `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${text}`;

/** Two namespaces that only kustomizations set. */
const twoNamespaces = {
  "apps/a/kustomization.yaml": kustomization("namespace: a\nresources: [app/all.yaml]\n"),
  "apps/a/app/all.yaml": `${deployment("web")}---\n${policy("web")}`,
  "apps/b/kustomization.yaml": kustomization("namespace: b\nresources: [app/all.yaml]\n"),
  "apps/b/app/all.yaml": `${deployment("web")}---\n${policy("web")}`,
};

for (const mode of ["auto", "never"] as const) {
  test(`applies a kustomization's namespace with --render ${mode}`, mode === "auto" ? withKustomize : {}, async () => {
    const root = repository(twoNamespaces);
    const manifests = await read(root, mode);
    assert.deepEqual(endpointsOf(manifests), ["a/web", "b/web"]);
    assert.deepEqual(policiesOf(manifests, root), ["a/web apps/a/app/all.yaml:17", "b/web apps/b/app/all.yaml:17"]);
    assert.deepEqual([manifests.unseen, manifests.problems], [[], []]);
  });
}

/** A base with two documents in a file, and a typical overlay. */
const overlay = {
  "base/kustomization.yaml": kustomization("resources: [web.yaml, policy.yaml]\n"),
  "base/web.yaml": `# A comment that moves everything.\n${deployment("web")}---\n${deployment("db")}`,
  "base/policy.yaml": policy("web"),
  "base/unused.yaml": deployment("unused"),
  "overlays/prod/kustomization.yaml": kustomization(`namespace: prod
namePrefix: live-
resources: [../../base, extra.yaml]
labels: [{pairs: {tier: front}, includeTemplates: true}]
configMapGenerator: [{name: settings, literals: [a=b]}]
patches:
  - path: open.yaml
    target: {kind: CiliumNetworkPolicy, name: web}
`),
  "overlays/prod/open.yaml": `- op: replace
  path: /spec/ingress
  value: [{fromEntities: [world]}]
`,
  "overlays/prod/extra.yaml": policy("db"),
};

test("reads each object that kustomize builds, with its file and line", withKustomize, async () => {
  const root = repository(overlay);
  const manifests = await read(root);
  assert.deepEqual(endpointsOf(manifests), ["prod/live-db", "prod/live-web"]);
  assert.deepEqual(policiesOf(manifests, root), [
    "prod/live-db overlays/prod/extra.yaml:7",
    "prod/live-web base/policy.yaml:7",
  ]);
  assert.deepEqual(
    manifests.workloads.map(({ endpoint }) => endpoint.labels.tier),
    ["front", "front"],
  );

  const { kustomize } = found;
  assert.ok(kustomize);
  const command = kustomize.leadingArgs.length > 0 ? kustomize.leadingArgs : ["build"];
  const said = execFileSync(kustomize.file, [...command, path.join(root, "overlays/prod")], { encoding: "utf8" });
  const own = parseAllDocuments(said).map((document) => document.toJS());
  const policies = own.filter(({ kind }) => kind === "CiliumNetworkPolicy");
  assert.deepEqual(
    manifests.policies.map(({ manifest }) => manifest),
    policies,
  );
});

test("an overlay that is not rendered keeps its namespace, and its patches are reported as not seen", async () => {
  const root = repository(overlay);
  const manifests = await read(root, "never");
  assert.deepEqual(endpointsOf(manifests), ["prod/db", "prod/web"]);
  assert.deepEqual(
    manifests.unseen.map(({ file, object }) => [path.relative(root, file), object]),
    [["overlays/prod/kustomization.yaml", "Kustomization"]],
  );
});

test("output is cached until one of its files changes", withKustomize, async () => {
  const root = repository(overlay);
  const cache = new RenderCache(path.join(temporaryDirectory(), "cache"));
  let runs = 0;
  const counting = {
    cache,
    run: <Result>(task: () => Promise<Result>) => {
      runs++;
      return task();
    },
  };
  await read(root, "auto", counting);
  assert.deepEqual(endpointsOf(await read(root, "auto", counting)), ["prod/live-db", "prod/live-web"]);
  assert.equal(runs, 1);
  writeFileSync(path.join(root, "base/web.yaml"), deployment("other"));
  assert.deepEqual(endpointsOf(await read(root, "auto", counting)), ["prod/live-other"]);
  assert.equal(runs, 2);
});

const marker = () => path.join(temporaryDirectory(), "ran");

/** Kustomizations that must not be built as they are, each with the reason that is reported. */
const hostile: Readonly<Record<string, { files: Record<string, string>; says: RegExp }>> = {
  "a generator that starts a program": {
    files: {
      "kustomization.yaml": kustomization("generators: [gen.yaml]\n"),
      "gen.yaml": `apiVersion: example.com/v1
kind: Exec
metadata:
  name: x
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./run.sh}
`,
    },
    says: /requires the plugin Exec of example\.com\/v1, and no plugins are run/,
  },
  "an inline transformer": {
    files: {
      "kustomization.yaml": kustomization(
        "resources: [web.yaml]\ntransformers:\n  - |\n    apiVersion: example.com/v1\n    kind: T\n    metadata: {name: t}\n",
      ),
      "web.yaml": deployment("web"),
    },
    says: /requires the plugin T/,
  },
  "a remote base": {
    files: { "kustomization.yaml": kustomization("resources: ['https://127.0.0.1:9/owner/repo//base?ref=v1']\n") },
    says: /it uses resources that are not in the repository: https:\/\/127\.0\.0\.1:9\/owner\/repo\/\/base\?ref=v1/,
  },
  "a file above the repository": {
    files: {
      "kustomization.yaml": kustomization("configMapGenerator: [{name: x, files: [../../../../../../etc/hostname]}]\n"),
    },
    says: /leads out of the repository/,
  },
  "an absolute path": {
    files: { "kustomization.yaml": kustomization("secretGenerator: [{name: x, files: [/etc/hostname]}]\n") },
    says: /leads out of the repository/,
  },
  "bases that refer to each other": {
    files: {
      "a/kustomization.yaml": kustomization("resources: [../b]\n"),
      "b/kustomization.yaml": kustomization("resources: [../a]\n"),
      "kustomization.yaml": kustomization("resources: [a]\n"),
    },
    says: /cycle/,
  },
  "aliases that multiply": {
    files: {
      "kustomization.yaml": `a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
resources: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
`,
    },
    says: /cannot be read as YAML: Excessive alias count/,
  },
  "a remote chart": {
    files: {
      "kustomization.yaml": kustomization("helmCharts: [{name: x, repo: 'https://127.0.0.1:9', version: 1.0.0}]\n"),
    },
    says: /the chart x of https:\/\/127\.0\.0\.1:9$/,
  },
};

for (const [name, { files, says }] of Object.entries(hostile)) {
  test(`${name} ends in a message and runs nothing`, withKustomize, async () => {
    const file = marker();
    const root = repository({ ...files, "run.sh": `#!/bin/sh\ntouch ${file}\n` });
    const { unseen, workloads } = await read(root);
    assert.ok(
      unseen.some((one) => says.test(reasonOfUnseen(one))),
      JSON.stringify(unseen),
    );
    // Its local part is evaluated all the same.
    assert.equal(workloads.length, "web.yaml" in files ? 1 : 0);
    assert.equal(existsSync(file), false);
  });
}

test("does not follow a link that leads out of the repository", withKustomize, async () => {
  const root = repository({ "kustomization.yaml": kustomization("resources: [inner, link.yaml]\n") });
  const secret = temporaryDirectory();
  writeFileSync(path.join(secret, "all.yaml"), deployment("secret"));
  mkdirSync(path.join(root, "inner"));
  writeFileSync(path.join(root, "inner/kustomization.yaml"), kustomization("resources: [all.yaml]\n"));
  symlinkSync(path.join(secret, "all.yaml"), path.join(root, "inner/all.yaml"));
  symlinkSync(path.join(secret, "all.yaml"), path.join(root, "link.yaml"));
  const { unseen } = await read(root);
  assert.deepEqual(
    unseen.map(({ reason }) => reason),
    ["inner/all.yaml leads out of the repository"],
  );
});

test("evaluates one of several variants, and names the others", withKustomize, async () => {
  const overlay = (more: string) => `resources: [../../base]\n${more}`;
  const root = repository({
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": `${deployment("web")}---\n${policy("web")}`,
    "overlays/dev/kustomization.yaml": overlay(""),
    "overlays/prod/kustomization.yaml": overlay("commonAnnotations: {a: b}\n"),
    // In another namespace, so not a variant.
    "overlays/test/kustomization.yaml": overlay("namespace: test\n"),
    "apps/kustomization.yaml": "resources: [namespace.yaml, other.yaml]\n",
    "apps/namespace.yaml": "{apiVersion: v1, kind: Namespace, metadata: {name: test}}\n",
    "apps/other.yaml": deployment("other"),
  });
  const manifests = await read(root);
  assert.deepEqual(endpointsOf(manifests), ["default/other", "default/web", "test/web"]);
  assert.deepEqual(
    manifests.unseen.map((one) => `${path.relative(root, one.file)}: ${reasonOfUnseen(one).replace(root, "")}`),
    [
      "overlays/prod/kustomization.yaml: it defines the same objects as another kustomization, and only one of them can be evaluated: /overlays/dev/kustomization.yaml",
    ],
  );
  assert.deepEqual(manifests.problems, []);
});

test("says that manifests are read unpatched if their kustomization names a file that is not there", async () => {
  const reasons = async (more: string) => {
    const files = { "kustomization.yaml": `resources: [web.yaml, gone.yaml]\n${more}`, "web.yaml": deployment("web") };
    const root = repository(files);
    const { unseen, ...manifests } = await read(root);
    assert.deepEqual(endpointsOf(manifests as Awaited<ReturnType<typeof read>>), ["default/web"]);
    return unseen.map(reasonOfUnseen);
  };
  const absent = "gone.yaml, which it names, is not there";
  assert.deepEqual(await reasons(""), [absent]);
  assert.deepEqual(await reasons("commonLabels: {a: b}\n"), [
    `${absent}: what it lists is read without what it changes`,
  ]);
});
