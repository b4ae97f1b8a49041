import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { line, pod as workload } from "../traffic/lines";

const pod = (name: string, port: number) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}\nspec: {containers: [{name: c, image: x, ports: [{containerPort: ${port}}]}]}\n`;
const head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: db, namespace: shop}\n";
const admin =
  "spec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {app: admin}}]}]}\n";
const pods = [pod("web", 80), pod("admin", 80), pod("db", 5432)].join("---\n");
const base = `${pods}---\n${head}${admin}`;

/** Runs `diff --fail-on opened` from `base` to some files. */
async function gate(files: Record<string, string>): Promise<{ status: number | null; stderr: string }> {
  const directory = temporaryDirectory();
  const write = (side: string, contents: Record<string, string>) => {
    for (const [name, text] of Object.entries(contents)) {
      const file = path.join(directory, side, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  };
  write("before", { "base.yaml": base });
  write("after", files);
  const sides = ["before", "after"].map((side) => path.join(directory, side));
  return meshfenceShared(["diff", ...sides, "--fail-on", "opened"]);
}

test("a null that a create drops opens in the prediction what it opens in the cluster", async () => {
  const { status, stderr } = await gate({ "base.yaml": base.replace("{app: admin}}]}]}", "{app: }}]}]}") });
  assert.deepEqual([status, stderr], [1, "--fail-on opened: found\n"]);
});

test("a gate fails on a policy that a server-side apply refuses, even if a create stores the same as before", async () => {
  const { status, stderr } = await gate({
    "base.yaml": base.replace("spec: {endpointSelector", "spec: {egress: , endpointSelector"),
  });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^--fail-on opened: found under server-side apply, which refuses CiliumNetworkPolicy shop\/db \(.*base\.yaml:16\)/,
  );
});

test("finds nothing if nothing changes", async () => {
  assert.deepEqual(await gate({ "base.yaml": base }).then(({ status, stderr }) => [status, stderr]), [0, ""]);
});

const open = { endpointSelector: { matchLabels: { app: "db" } }, ingress: [{ fromEntities: ["all"] }] };
const policy = (name: string) => ({
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name, namespace: "shop" },
  spec: open,
});

/** Files that must either open what `kubectl apply` opens, or be reported as not read whole. */
const openings: [what: string, status: 1 | 2, files: Record<string, string>][] = [
  [
    "a policy in the items of a ConfigMap, which kubectl takes for a list",
    1,
    {
      "base.yaml": base,
      "open.yaml": JSON.stringify({
        ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "shop" }, items: [policy("open")] },
      }),
    },
  ],
  [
    "a policy behind `...`, which kubectl does not read",
    2,
    { "base.yaml": base.replace(`---\n${head}`, `...\n${head}`) },
  ],
  [
    "a merge key that overrides earlier keys",
    1,
    {
      "base.yaml": base
        .replace(
          "name: db, namespace: shop}\nspec: {endpointSelector",
          "name: db, namespace: shop, labels: &w {app: web}}\nspec: {endpointSelector",
        )
        .replace("{app: admin}}]}]}", "{app: admin, <<: *w}}]}]}"),
    },
  ],
  [
    "policies in JSON, one after another, with escapes in their keys",
    1,
    {
      "base.yaml": base,
      "open.json": [policy("open"), policy("open2")]
        .map((object) => JSON.stringify(object).replace("apiVersion", "api\\u0056ersion"))
        .join(""),
    },
  ],
  [
    "a policy with the fields of a plan",
    2,
    {
      "base.yaml": base,
      "open.yaml": JSON.stringify({ ...policy("open"), ...{ project: "x", stack: "y", resources: [] } }),
    },
  ],
  ["a policy whose kind has other capitals", 2, { "base.yaml": base.replace("kind: CiliumN", "kind: ciliumN") }],
];
for (const [what, status, files] of openings)
  test(`diff --fail-on finds ${what}`, async () => {
    assert.equal((await gate(files)).status, status);
  });

const extra = (spec: string) =>
  `---\n${head.replace("name: db", "name: extra")}spec: {${spec}endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]}\n`;
const traffic = `${line({ from: workload("shop", "web", "10.0.0.1"), to: workload("shop", "db", "10.0.0.2"), port: 5432 })}\n`;

test("would-deny fails if a server-side apply refuses the policy that admits the traffic, although a create stores it", async () => {
  const folder = temporaryDirectory();
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write("flows.jsonl", traffic);
  write("before.yaml", base + extra(""));
  write("null.yaml", base + extra("egress: , "));
  const gates = ["--traffic", "flows.jsonl", "--fail-on", "would-deny"];
  const run = (...args: string[]) => meshfenceShared([...args, ...gates], { cwd: folder });
  const found =
    /^--fail-on would-deny: found under server-side apply, which refuses CiliumNetworkPolicy shop\/extra \(null\.yaml:21\)/m;
  for (const command of [
    ["replay", "null.yaml"],
    ["diff", "before.yaml", "null.yaml"],
  ]) {
    const { status, stderr } = await run(...command);
    assert.equal(status, 1, stderr);
    assert.match(stderr, found);
  }
  assert.equal((await run("replay", "before.yaml")).status, 0);
  assert.equal((await run("diff", "before.yaml", "before.yaml")).status, 0);
});
