import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { findHost } from "../../lib/plan/language-host";
import { languageHost } from "../support/language-host";
import { meshfence } from "../support/meshfence";
import { project, temporaryDirectory } from "./fixture";

const deployment = (name: string) => ({
  type: "kubernetes:apps/v1:Deployment",
  name,
  inputs: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "x" }] } },
    },
  },
});
const files = {
  type: "kubernetes:yaml/v2:ConfigFile",
  name: "files",
  inputs: { file: "np.yaml" },
  remote: true,
};
const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
`;
const program = project({
  "Pulumi.yaml": "name: shop\nruntime: {name: python, options: {virtualenv: venv}}\nmain: app\n",
  "app/program.json": JSON.stringify({ resources: [deployment("web"), deployment("db"), files] }),
  "app/np.yaml": policy,
});
const nowhere = { PULUMI_HOME: path.join(program, "nothing"), HOME: program };

test("plans a Python program, with the files it reads, if its language host is installed", () => {
  const env = { ...nowhere, PATH: languageHost("pulumi-language-python") };
  const { stdout, stderr, status } = meshfence(["reach", "--plan", "--program", program], { env });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /printed by the program/);
  assert.match(stdout, /42 of 49 edges allowed, 7 denied\n {2}2 workloads · 4 other peers · 1 policy/);
});

test("names a missing language host and what installs it", () => {
  const { stderr, status } = meshfence(["plan", "--program", program], { env: { ...nowhere, PATH: "" } });
  assert.equal(status, 2);
  assert.match(stderr, /pulumi-language-python runs the program, and is not installed here; it comes with Pulumi/);
});

test("finds a language host on the PATH, beside Pulumi's CLI, and as the newest plugin", () => {
  const home = temporaryDirectory();
  const name = "pulumi-language-java";
  const folder = languageHost(name);
  const found = (PATH: string) => findHost("java", { PATH, PULUMI_HOME: home })?.file;
  const install = (...at: string[]) => {
    mkdirSync(path.join(home, ...at), { recursive: true });
    const file = path.join(home, ...at, name);
    cpSync(path.join(folder, name), file);
    return file;
  };
  assert.equal(found(""), undefined);
  const newest = install("plugins", "language-java-v1.10.0");
  install("plugins", "language-java-v1.9.0");
  install("plugins", "language-java-v1.11.0.partial");
  assert.equal(found(""), newest);
  const beside = install("bin");
  assert.equal(found(""), beside);
  assert.equal(found(folder), path.join(folder, name));
  // A folder of the repository must not decide what runs.
  assert.equal(found("."), beside);
  assert.equal(findHost("../java", { PATH: folder }), undefined);
});
