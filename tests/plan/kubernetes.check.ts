import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { findTools } from "../../lib/input/render/tools/tool";
import { deployment, policy, withHelm } from "../input/render/support";
import { meshfence } from "../support/meshfence";
import { project, temporaryDirectory } from "./fixture";

interface Planned {
  resources: {
    type: string;
    name: string;
    parent?: string;
    source?: { file: string; line: number };
    objects?: { kind: string }[];
    objectSources?: { file: string; line: number }[];
    unseen?: { reason: string };
  }[];
  unseen?: { object: string; reason: string }[];
}

const chart = (name: string) => ({
  [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
  [`${name}/values.yaml`]: "from: none\n",
  [`${name}/templates/all.yaml`]: `${deployment("{{ .Release.Name }}")}---
${policy("{{ .Release.Name }}", "[{fromEntities: [{{ .Values.from }}]}]")}`,
});

/** The ways in which Pulumi programs include manifests. */
const everyWay = {
  "index.js": `
const k8s = require("@pulumi/kubernetes");
const provider = new k8s.Provider("c", { context: "staging" });
new k8s.yaml.ConfigFile("v1", { file: "manifests/a.yaml" }, { provider });
new k8s.yaml.v2.ConfigFile("v2", { file: "manifests/b.yaml" }, { provider });
new k8s.yaml.v2.ConfigGroup("group", { files: ["group/**/*.yaml"], yaml: [${JSON.stringify(deployment("text"))}],
  objs: [${JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "obj" } })}] }, { provider });
new k8s.helm.v3.Chart("chart3", { path: "chart", namespace: "three", values: { from: "world" } }, { provider });
new k8s.helm.v4.Chart("chart4", { chart: "./chart", namespace: "four", values: { from: "world" } }, { provider });
new k8s.helm.v3.Release("release", { chart: "./chart", namespace: "five", values: { from: "host" } }, { provider });
new k8s.kustomize.Directory("k1", { directory: "overlay" }, { provider });
new k8s.kustomize.v2.Directory("k2", { directory: "overlay", namespace: "two" }, { provider });
new k8s.helm.v4.Chart("elsewhere", { chart: "x", repositoryOpts: { repo: "https://127.0.0.1:9" } }, { provider });
new k8s.helm.v3.Chart("far", { chart: "y", fetchOpts: { repo: "https://127.0.0.1:9" } }, { provider });
new k8s.helm.v3.Release("cilium", { chart: "cilium", repositoryOpts: { repo: "https://127.0.0.1:9" } }, { provider });

new k8s.core.v1.Namespace("provided", {}, { provider });
`,
  "manifests/a.yaml": deployment("a"),
  "manifests/b.yaml": `apiVersion: v1\nkind: List\nitems:\n  - ${deployment("b").trim().replaceAll("\n", "\n    ")}\n`,
  "group/deep/c.yaml": deployment("c"),
  ...chart("chart"),
  "overlay/kustomization.yaml": "namePrefix: k-\nresources: [d.yaml]\n",
  "overlay/d.yaml": deployment("d"),
};

test(
  "the plan has the objects of the Kubernetes package's components and charts, as the provider creates them",
  withHelm,
  () => {
    const { stdout, stderr, status } = meshfence(["plan", "--program", project(everyWay), "--format", "json"]);
    assert.equal(status, 0, stderr);
    const { resources, unseen } = JSON.parse(stdout) as Planned;
    const made = resources.filter(({ parent = "" }) => /::(v1|v2|group|chart3|chart4|k1|k2)$/.test(parent));
    assert.deepEqual(made.map(({ type, name }) => `${type} ${name}`).sort(), [
      "kubernetes:apps/v1:Deployment a",
      "kubernetes:apps/v1:Deployment chart4:four/chart4",
      "kubernetes:apps/v1:Deployment group:c",
      "kubernetes:apps/v1:Deployment group:text",
      "kubernetes:apps/v1:Deployment k-d",
      "kubernetes:apps/v1:Deployment k2:two/k-d",
      "kubernetes:apps/v1:Deployment three/chart3",
      "kubernetes:apps/v1:Deployment v2:b",
      "kubernetes:cilium.io/v2:CiliumNetworkPolicy chart4:four/chart4",
      "kubernetes:cilium.io/v2:CiliumNetworkPolicy three/chart3",
      "kubernetes:core/v1:Service group:obj",
    ]);
    const placeOf = (name: string) => {
      const { file, line } = resources.find((one) => one.name === name)?.source ?? {};
      return `${file}:${line}`;
    };
    assert.deepEqual(["group:c", "k2:two/k-d", "a", "k-d", "three/chart3", "provided"].map(placeOf), [
      "group/deep/c.yaml:1",
      "overlay/d.yaml:1",
      "manifests/a.yaml:1",
      "overlay/d.yaml:1",
      "chart/templates/all.yaml:2",
      "index.js:17",
    ]);
    const release = resources.find(({ name }) => name === "release");
    assert.deepEqual(
      release?.objects?.map(({ kind }) => kind),
      ["Deployment", "CiliumNetworkPolicy"],
    );
    assert.deepEqual(release?.objectSources, [
      { file: "chart/templates/all.yaml", line: 2 },
      { file: "chart/templates/all.yaml", line: 12 },
    ]);
    const fetched = "its chart is not in the repository, and nothing is fetched";
    assert.equal(resources.find(({ name }) => name === "elsewhere")?.unseen?.reason, fetched);
    assert.deepEqual(
      unseen?.map(({ object, reason }) => [object, reason]),
      [["Chart far", fetched]],
    );
    // Its settings are read from its values, and its parts are known.
    assert.equal(resources.find(({ name }) => name === "cilium")?.unseen, undefined);
  },
);

test("a component that cannot be expanded is reported as not seen, and stops gates", () => {
  const root = project({
    "index.js": `
const pulumi = require("@pulumi/pulumi");
new pulumi.ComponentResource("other:index:Shop", "shop", {}, {}, true);
`,
  });
  const { stdout, status } = meshfence(["reach", "--plan", "--program", root, "--format", "json"]);
  assert.equal(status, 0);
  const { unseen } = JSON.parse(stdout) as { unseen: { object: string; reason: string }[] };
  assert.deepEqual(
    unseen.map(({ object, reason }) => `${object}: ${reason}`),
    ["Shop shop: its children are made by the provider of other:index:Shop, which is not run here"],
  );
});

/** A repository with a commit of a program and a change of one file of it. */
function changed(files: Record<string, string>, change: Record<string, string>): string {
  const root = project(files);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: root });
  writeFileSync(path.join(root, ".gitignore"), "node_modules\n");
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "-m", "before");
  for (const [file, text] of Object.entries(change)) writeFileSync(path.join(root, file), text);
  return root;
}

const opensByRelease = {
  "index.js": `
const k8s = require("@pulumi/kubernetes");
new k8s.helm.v3.Release("app", { chart: "./chart", namespace: "shop", values: { from: "none" } });
`,
  ...chart("chart"),
};
test("pr sees what the values of a release open", withHelm, () => {
  const root = changed(opensByRelease, { "index.js": opensByRelease["index.js"].replace("none", "world") });
  const preparing = path.join(temporaryDirectory(), "prepare");
  const script = `#!/bin/sh\nln -s ${JSON.stringify(path.join(root, "node_modules"))} node_modules\n`;
  writeFileSync(preparing, script, { mode: 0o755 });
  const args = ["--base", "HEAD", "--prepare", preparing, "--fail-on", "opened:world"];
  const { status, stdout, stderr } = meshfence(["pr", "--program", root, ...args], { cwd: root });
  assert.equal(status, 1, stderr);
  assert.match(stdout, /🔓 opened \| `world` \| `shop\/app` \| TCP 8080/);
});

// A missing tool must not look like a passed test.
test("these tests find their tools where meshfence does", { skip: withHelm.skip }, () => {
  assert.deepEqual(Object.keys(findTools()).sort(), ["helm", "kustomize"]);
  assert.deepEqual(findTools({ PATH: "" }), {});
});
