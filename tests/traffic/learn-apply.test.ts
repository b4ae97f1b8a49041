import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { applyPatch } from "diff";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { line, pod } from "./lines";

const [web, db, cron] = [
  pod("shop", "web", "10.0.0.1"),
  pod("shop", "db", "10.0.0.2"),
  pod("meshfence-ignore", "cron", "10.0.0.3", {
    labels: ["k8s:app=cron", "k8s:io.kubernetes.pod.namespace=meshfence-ignore"],
  }),
];
const recording = [
  line({ from: web, to: db, port: 5432 }),
  line({ from: web, to: db, port: 9187 }),
  line({ from: cron, to: db, port: 5432 }),
];
const policies = `# The shop's policies.
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: the-db, namespace: shop}
spec:
  # By two labels of which one would do.
  endpointSelector: {matchLabels: {app: db}, matchExpressions: [{key: app, operator: Exists}]}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}] # the front end
    toPorts: [{ports: [{port: "5432", protocol: TCP}]}]
# Of nobody who was seen.
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web-egress, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: other}}
  egress: [{}]
`;

/** A folder with manifests, next to a recording. */
function given(files: Readonly<Record<string, string>>, lines: readonly string[] = recording) {
  const root = temporaryDirectory();
  mkdirSync(path.join(root, "k8s"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, "k8s", name), text);
  writeFileSync(path.join(root, "flows.jsonl"), lines.join("\n"));
  const learn = (...args: string[]) =>
    meshfenceShared(["learn", "k8s", "--traffic", "flows.jsonl", ...args], { cwd: root });
  const read = (name: string) => readFileSync(path.join(root, "k8s", name), "utf8");
  return { root, learn, read };
}

test("adds rules to the existing policy, with their evidence, and changes no other character", async () => {
  const { learn, read } = given({ "shop.yaml": policies });
  const { stdout: patch, status, stderr } = await learn("--format", "patch");
  assert.equal(status, 0, stderr);
  assert.equal(read("shop.yaml"), policies, "a patch writes nothing");
  const applied = await learn("--apply");
  assert.deepEqual([applied.status, applied.stderr], [0, "wrote k8s/shop.yaml\n"]);
  const after = read("shop.yaml");
  assert.equal(applyPatch(policies, patch), after);
  const [mine = "", ...added] = after.split("\n---\n");
  assert.ok(after.startsWith(policies.slice(0, policies.indexOf("# Of nobody"))), after);
  const own = policies.split("\n");
  assert.deepEqual(
    after
      .split("\n")
      .filter((text) => own.includes(text))
      .slice(0, own.length - 1),
    own.slice(0, -1),
    "no line is gone, and none has moved",
  );
  assert.match(
    mine,
    /^ {2}# seen: meshfence-ignore\/cron → shop\/db TCP 5432: 1 flow, .*\n {2}- fromEndpoints:\n(.*\n)*? {2}# seen: shop\/web → shop\/db TCP 9187/m,
  );
  assert.deepEqual(
    added.map((text) => /name: (.*)\n/.exec(text)?.[1]?.replace(/,.*/, "")),
    ["web-egress", "cron-egress", "web-egress-2"],
    "the name of another's policy is not taken",
  );
  const page = await given({ "shop.yaml": policies }).learn("--format", "markdown");
  assert.match(
    page.stdout,
    /^### All 3 edges that passed are allowed with these policies\n[\s\S]*\| `shop\/the-db` \| changed, ingress \| shop\/web → shop\/db TCP 9187[\s\S]*```diff\n--- a\/k8s\/shop\.yaml/,
  );
  assert.match(
    page.stdout,
    /\n- shop\/web: [^\n]*\n- The recording covers [^\n]*\n\n<details>/,
    "each gap is a line of its own",
  );
  const again = await learn();
  assert.match(again.stdout, /^# Nothing has to be added\.\n# All 3 edges that passed are allowed/);
  assert.equal(again.status, 0);
});

test("adds a direction that a policy has no rules in yet, which denies nothing with --observe", async () => {
  const back = [...recording, line({ from: db, to: web, port: 8080 })];
  const { learn, read } = given({ "shop.yaml": policies }, back);
  await learn("--apply", "--observe", "--only", "shop/db");
  const [db0 = ""] = read("shop.yaml").split("\n---\n");
  assert.match(db0, /^ {2}egress:\n {4}# seen: shop\/db → shop\/web TCP 8080/m);
  assert.match(db0, /^ {2}enableDefaultDeny:\n {4}egress: false$/m);
  const again = await learn("--only", "shop/db");
  assert.match(again.stdout, /^# Nothing has to be added\.$/m, "what is only watched yet says what it will admit");
  const { learn: strictly, read: strict } = given({ "shop.yaml": policies }, back);
  await strictly("--apply", "--only", "shop/db");
  assert.doesNotMatch(strict("shop.yaml"), /enableDefaultDeny/);
});

test("without policies among the files, writes a new file into the folder; if files were listed, says so", async () => {
  const workload =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: db, namespace: shop}\nspec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: main}]}}}\n";
  const { learn, read } = given({ "db.yaml": workload, "kustomization.yaml": "resources: [db.yaml]\n" });
  const { status, stderr } = await learn("--apply");
  assert.deepEqual(
    [status, stderr],
    [0, "wrote k8s/learned.yaml: add it to the resources of k8s/kustomization.yaml\n"],
  );
  assert.equal(read("db.yaml"), workload);
  assert.match(read("learned.yaml"), /name: db-ingress[\s\S]*name: web-egress/);
});

test("a JSON dump stays JSON in its layout, and new policies go into a file beside it", async () => {
  const dump = (indent?: number) =>
    JSON.stringify(
      {
        apiVersion: "v1",
        items: ["db", "web"].map((name) => ({
          apiVersion: "cilium.io/v2",
          kind: "CiliumNetworkPolicy",
          metadata: { name, namespace: "shop", uid: "6b1f", resourceVersion: "17" },
          spec: {
            endpointSelector: { matchLabels: { app: name } },
            ingress: [{ fromEndpoints: [{ matchLabels: { app: "nobody" } }] }],
          },
          status: { conditions: [{ type: "Valid", status: "True" }] },
        })),
        kind: "List",
        metadata: { resourceVersion: "" },
      },
      undefined,
      indent,
    );
  for (const indent of [undefined, 4]) {
    const before = dump(indent);
    const { learn, read } = given({ "dump.json": before }, [...recording, line({ from: db, to: web, port: 80 })]);
    const { status, stderr } = await learn("--apply");
    assert.deepEqual(
      [status, stderr],
      [0, "wrote k8s/dump.json (JSON has no room for evidence: --format yaml has it)\nwrote k8s/learned.yaml\n"],
    );
    const after = JSON.parse(read("dump.json"));
    assert.equal(read("dump.json"), JSON.stringify(after, undefined, indent), "the same layout");
    const counts = after.items.map(({ spec }: { spec: { ingress: []; egress: [] } }) => [
      spec.ingress.length,
      spec.egress.length,
    ]);
    assert.deepEqual(counts, [
      [3, 1],
      [2, 1],
    ]);
    assert.match(read("learned.yaml"), /name: cron-egress/);
    const again = await learn();
    assert.match(again.stdout, /^# Nothing has to be added\.$/m, again.stderr);
  }
  const inYaml = given({ "dump.yaml": dump() });
  await inYaml.learn("--apply");
  JSON.parse(inYaml.read("dump.yaml"));
  assert.match(inYaml.read("learned.yaml"), /name: cron-egress/);
});

test("reports rules for policies in no editable file, and writes nothing, nor if a file was not read whole", async () => {
  const deny = "[{fromEndpoints: [{matchLabels: {app: nobody}}]}]";
  const aliased = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: the-db, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingressDeny: &nobody ${deny}
  ingress: *nobody
`;
  const refused = async (text: string, why: RegExp) => {
    const { root, learn, read } = given({ "shop.yaml": text });
    const { status, stderr } = await learn("--apply");
    assert.deepEqual([status, read("shop.yaml")], [2, text], stderr);
    assert.match(stderr, why);
    assert.ok(!existsSync(path.join(root, "k8s", "learned.yaml")), stderr);
  };
  await refused(aliased, /in no file that can be edited: add 2 ingress rules to CiliumNetworkPolicy shop\/the-db/);
  await refused(`${policies}---\nkind: [\n`, /--apply: nothing was written/);
});
