import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";

const policy = (name: string, app: string, comment = "") =>
  `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec:${comment}\n  endpointSelector: { matchLabels: { app: ${app} } }\n  ingress: [{ fromEndpoints: [{ matchLabels: { app: web } }] }]\n`;
const pod =
  "apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: shop, labels: { app: web } }\nspec: { containers: [] }\n";

/** A repository with some files in the base and others in the working tree. */
function repository(base: Record<string, string>, change: Record<string, string>): string {
  const root = temporaryDirectory();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: root });
  const put = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(root, name), text);
    }
  };
  git("init", "--quiet");
  put(base);
  git("add", "--all");
  git("commit", "--quiet", "--message", "base");
  for (const name of Object.keys(base)) rmSync(path.join(root, name));
  put(change);
  return root;
}

const off = 'lint: { rules: { selects-nothing: "off" } }\n';
const comment = " # meshfence-ignore: selects-nothing -- nobody needs to know";

test("a change cannot silence lint: the base's meshfence.yaml counts, wherever the change adds its own", async () => {
  const before = { "k8s/a.yaml": pod };
  const after = { "k8s/a.yaml": pod + policy("nobody", "nobody") };
  for (const [was, is, isSilent] of [
    [{}, {}, false],
    [{}, { "meshfence.yaml": off }, false],
    [{}, { "k8s/meshfence.yaml": off }, false],
    [{ "meshfence.yaml": "lint: {}\n" }, { "k8s/meshfence.yaml": off, "meshfence.yaml": "lint: {}\n" }, false],
    [{ "meshfence.yaml": "lint: {}\n" }, { "meshfence.yaml": "lint: { ignore: [k8s/] }\n" }, false],
    [{ "meshfence.yaml": off }, { "meshfence.yaml": off }, true],
    [{ "meshfence.yaml": off }, {}, true],
    [{ "k8s/meshfence.yaml": off }, { "meshfence.yaml": "lint: {}\n" }, true],
  ] as const) {
    const root = repository({ ...before, ...was }, { ...after, ...is });
    const { stdout, stderr } = await meshfenceShared(["diff", "--git", "HEAD"], { cwd: path.join(root, "k8s") });
    const what = JSON.stringify([was, is]);
    assert.equal(stderr, "", what);
    assert.equal(/no pod of the namespace shop has these/.test(stdout), !isSilent, `${what}\n${stdout}`);
    const differs = JSON.stringify(was).includes("off") !== JSON.stringify(is).includes("off") || /ignore/.test(what);
    assert.equal(/different meshfence\.yaml than HEAD; lint uses/.test(stdout), differs, `${what}\n${stdout}`);
  }
});

test("names findings that the change both adds and ignores, and no older ones", async () => {
  const old = policy("old", "gone", comment);
  const root = repository({ "a.yaml": pod + old }, { "a.yaml": pod + old + policy("nobody", "nobody", comment) });
  const { stdout } = await meshfenceShared(["diff", "--git", "HEAD"], { cwd: root });
  assert.match(
    stdout.replace(/\s+/g, " "),
    /! The change ignores 1 lint finding that it introduces: selects-nothing \(a\.yaml:1[0-9]\)/,
  );
});

test("reports a finding although the base has one like it elsewhere in the policy", async () => {
  const rule = "  - { toPorts: [{ ports: [{ port: '80' }] }] }\n";
  const open = (rules: string) =>
    `${pod}---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: web, namespace: shop }\nspec:\n  endpointSelector: {}\n  ingress:\n${rules}`;
  for (const [rules, isNew] of [
    [rule, false],
    [rule + rule, true],
    [rule.replace("80", "81"), true],
  ] as const) {
    const root = repository({ "a.yaml": open(rule) }, { "a.yaml": `# moved\n${open(rules)}` });
    const { stdout } = await meshfenceShared(["diff", "--git", "HEAD"], { cwd: root });
    assert.equal(stdout.includes("anyone may connect to these ports"), isNew, stdout);
  }
});

test("clusters in the base's meshfence.yaml count, whatever the change's says", async () => {
  const [shut, open] = ["[{ fromEndpoints: [{ matchLabels: { app: web } }] }]", "[{}]"].map(
    (ingress) =>
      `${pod}---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: web, namespace: shop }\nspec: { endpointSelector: {}, ingress: ${ingress} }\n`,
  );
  const root = repository(
    { "a.yaml": `${pod}`, "meshfence.yaml": "clusters: [west]\n" },
    { "a.yaml": shut ?? "", "meshfence.yaml": "clusters: [east]\n" },
  );
  assert.notEqual(shut, open);
  const { stdout } = await meshfenceShared(["diff", "--git", "HEAD", "--format", "json"], { cwd: root });
  for (const cluster of ["west", "east"]) assert.match(stdout, new RegExp(`any other pod of cluster ${cluster}`));
  const named = await meshfenceShared(["diff", "--git", "HEAD", "--format", "json", "--cluster", "north"], {
    cwd: root,
  });
  assert.match(named.stdout, /cluster north/);
  assert.doesNotMatch(named.stdout, /cluster (west|east)/);
});
