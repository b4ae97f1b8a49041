import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../lib/common/unseen";
import { deployment, endpointsOf, policy, read, repository, withHelm, withKustomize } from "./support";

test("a file that the kustomization beside it does not list is left out, and named", withKustomize, async () => {
  const root = repository({
    "kustomization.yaml": "resources: [web.yaml]\n",
    "web.yaml": deployment("web"),
    "open.yaml": policy("web", "[{fromEntities: [world]}]"),
    "docker-compose.yaml": "services: {web: {image: x}}\n",
    "labels.json": '{"a": 1}',
  });
  const manifests = await read(root);
  assert.deepEqual(manifests.policies, []);
  assert.deepEqual(
    manifests.unapplied?.map(({ file, reason }) => `${path.relative(root, file)}: ${reason}`),
    ["open.yaml: no kustomization lists it"],
  );
});

test("a file that the kustomization of Flux's folder does not list is left out, and named", withKustomize, async () => {
  const root = repository({
    "cluster/apps.yaml": `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
`,
    "apps/kustomization.yaml": "resources: [web.yaml]\n",
    "apps/web.yaml": deployment("web"),
    "apps/later/open.yaml": policy("web", "[{fromEntities: [world]}]"),
  });
  const manifests = await read(root);
  assert.deepEqual(endpointsOf(manifests), ["default/web"]);
  assert.deepEqual(
    manifests.unapplied?.map(({ file, reason }) => `${path.relative(root, file)}: ${reason}`),
    ["apps/later/open.yaml: Kustomization flux-system/apps manages its folder and does not apply it"],
  );
});

test(
  "an artifact from elsewhere is not mistaken for this repository, although the path of its root exists here",
  withKustomize,
  async () => {
    for (const [source, reason] of [
      [
        "OCIRepository",
        "its source is an artifact elsewhere: OCIRepository podinfo, oci://registry.example/manifests/podinfo",
      ],
      ["Bucket", "its source is an artifact elsewhere: Bucket podinfo"],
    ]) {
      const root = repository({
        "apps.yaml": `apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: podinfo, namespace: flux-system}
spec: {url: "oci://registry.example/manifests/podinfo"}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: podinfo, namespace: flux-system}
spec: {path: ./, targetNamespace: other, sourceRef: {kind: ${source}, name: podinfo}}
`,
        "web.yaml": deployment("web"),
      });
      const manifests = await read(root);
      assert.deepEqual(
        manifests.unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`),
        [`Kustomization flux-system/podinfo: ${reason}`],
      );
      assert.deepEqual(endpointsOf(manifests), ["default/web"]);
    }
  },
);

test("a chart with dependencies that are not vendored is reported as not seen", withHelm, async () => {
  const root = repository({
    "Chart.yaml":
      'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: redis, version: 1.0.0, repository: "https://charts.example"}\n',
    "templates/web.yaml": deployment("web"),
  });
  const { unseen, workloads } = await read(root);
  assert.deepEqual(workloads, []);
  assert.equal(unseen[0]?.object, "Chart app");
  const [{ reason, detail }] = unseen as [(typeof unseen)[number]];
  assert.equal(reason, "it depends on charts that are not in the repository");
  assert.equal(detail, "the chart redis of https://charts.example");
});

test("names programs that generate manifests, in any language, but not their libraries", async () => {
  const root = repository({
    "web.yaml": deployment("web"),
    "apps/main.jsonnet": "{}",
    "apps/k.libsonnet": "{}",
    "vendor/lib/example.jsonnet": "{}",
    "cue/app.cue": "package app\n",
    "cue.mod/pkg/x.cue": "package x\n",
    "helmfile.yaml.gotmpl": "releases: []\n",
    "cdk8s/cdk8s.yaml": "language: typescript\napp: node main.js\n",
    "done/cdk8s.yaml": "language: typescript\napp: node main.js\noutput: out/\n",
    "done/out/db.yaml": deployment("db"),
    ...Object.fromEntries(
      ["nodejs", "python", "go", "dotnet", "java"].map((runtime) => [
        `pulumi/${runtime}/Pulumi.yaml`,
        `name: ${runtime}\nruntime: ${runtime}\n`,
      ]),
    ),
    "pulumi/yaml/Pulumi.yaml": "name: yaml\nruntime: {name: yaml}\nresources: {a: {type: 'kubernetes:core/v1:Pod'}}\n",
    "pulumi/aws/Pulumi.yaml": "name: aws\nruntime: yaml\nresources: {a: {type: 'aws:s3:Bucket'}}\n",
  });
  const manifests = await read(root);
  assert.deepEqual(endpointsOf(manifests), ["default/db", "default/web"]);
  assert.deepEqual(
    manifests.unseen.map(({ file, kind }) => `${path.relative(root, file)}: ${kind}`),
    [
      "apps/main.jsonnet: jsonnet program",
      "cdk8s/cdk8s.yaml: app of cdk8s",
      "cue/app.cue: CUE file",
      "helmfile.yaml.gotmpl: helmfile template",
      "pulumi/dotnet/Pulumi.yaml: Pulumi program in C#",
      "pulumi/go/Pulumi.yaml: Pulumi program in Go",
      "pulumi/java/Pulumi.yaml: Pulumi program in Java",
      "pulumi/nodejs/Pulumi.yaml: Pulumi program in JavaScript or TypeScript",
      "pulumi/python/Pulumi.yaml: Pulumi program in Python",
      "pulumi/yaml/Pulumi.yaml: Pulumi program in YAML",
    ],
  );
  assert.ok(manifests.unseen.every(({ fix }) => fix !== ""));
  const fixes = new Map(manifests.unseen.map(({ kind, fix }) => [kind, fix]));
  assert.equal(
    fixes.get("Pulumi program in Go"),
    "Add `--plan --program DIR`, which plans it, if pulumi-language-go of Pulumi is installed",
  );
  assert.equal(fixes.get("Pulumi program in YAML"), "Add `--plan --program DIR`, which plans it");
});

test("names Terraform that creates objects which affect verdicts, and no other Terraform", async () => {
  const root = repository({
    "web.yaml": deployment("web"),
    "policy.tf": 'resource "aws_vpc" "a" {}\n  resource "kubernetes_network_policy_v1" "web" {}\n',
    "release.tofu": 'resource "helm_release" "web" {}\n',
    "made.tf.json": '{"resource": {"kubernetes_manifest": {"web": {"manifest": {"kind": "NetworkPolicy"}}}}}',
    "listed.tf.json": '{"resource": [{"kubectl_manifest": {"web": {}}}]}',
    "broken.tf.json": '{"resource": {"kubernetes_manifest": ',
    "infrastructure.tf":
      'resource "aws_vpc" "a" {}\nresource "kubernetes_secret" "a" {}\n# resource "helm_release" "a" {}\n',
    "infrastructure.tf.json": '{"resource": {"aws_vpc": {"a": {}}}}',
    ".terraform/modules/x/main.tf": 'resource "helm_release" "a" {}\n',
  });
  const { unseen, problems, workloads } = await read(root);
  assert.deepEqual(
    unseen.map(({ file, kind, reason }) => `${path.relative(root, file)}: ${kind}: ${reason}`),
    ["broken.tf.json", "listed.tf.json", "made.tf.json", "policy.tf", "release.tofu"].map(
      (file) => `${file}: Terraform module: the objects that it creates are not seen`,
    ),
  );
  assert.deepEqual([problems, workloads.length], [[], 1]);
});
