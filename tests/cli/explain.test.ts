import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import type { PageData } from "../../lib/page/data";
import type { Explanation } from "../../lib/reachability/explain";
import type { State } from "../../lib/reachability/verdict";
import { byHandLines, type HandEdit } from "../../lib/report/explain/by-hand";
import type { ShownChange } from "../../lib/report/explain/change-text";
import { plainStyle } from "../../lib/report/style";
import { temporaryDirectory } from "../plan/fixture";
import { meshfence, meshfenceShared } from "../support/meshfence";

const fixtures = path.join(__dirname, "fixtures");
const explain = (...args: string[]) => meshfenceShared(["explain", ...args], { cwd: fixtures });

test("explain starts with one sentence, then goes rule by rule with file and line", async () => {
  const { status, stdout, stderr } = await explain("web", "db", "5432", "before");
  assert.deepEqual([status, stderr], [0, ""]);
  const [first = ""] = stdout.split("\n\n");
  assert.equal(
    first.replace(/\s+/g, " "),
    "✗ shop/web → shop/db TCP 5432 is denied (the packet goes to 4143): no egress rule of shop/web allows it, and no ingress rule of shop/db allows it.",
  );
  assert.match(
    stdout,
    /nearest: rule 1 of shop\/db would, except for the port: it names TCP\s+5432, but the packet goes to TCP 4143\s+before\/policies\.yaml:7\n/,
  );
  assert.match(stdout, /wire +TCP 4143, mTLS: in the transport mode transport-header/);
});

test("explain prints JSON for machines", async () => {
  const { stdout } = await explain("batch/report", "shop/db", "pg", "before", "--format", "json");
  const told = JSON.parse(stdout) as Explanation;
  assert.equal(told.state, "allowed");
  assert.deepEqual(
    told.ingress.matching.map(({ policy }) => policy.place),
    [{ file: "before/policies.yaml", line: 7, column: 7 }],
  );
});

test("explain exits with 2 if a name matches no endpoint", async () => {
  for (const [args, said] of [
    [["nobody", "db", "1"], /^FROM: nothing is called "nobody"/],
    [["web", "nobody", "1"], /^TO: nothing is called "nobody"/],
    [["web", "db", "ssh"], /^PORT: "ssh" is not one of its ports; give 5432, 53\/UDP or icmp, or pg\n$/],
    [["web", "web", "1"], /^TO: is also the client/],
  ] as const) {
    const { status, stdout, stderr } = await explain(...args, "before");
    assert.deepEqual([status, stdout], [2, ""], args.join(" "));
    assert.match(stderr, said);
  }
});

test("explain proposes the change as a patch, and --apply writes it into the files", async () => {
  const directory = temporaryDirectory();
  cpSync(path.join(fixtures, "before"), directory, { recursive: true });
  const file = path.join(directory, "policies.yaml");
  const text = readFileSync(file, "utf8");
  const run = (...args: string[]) =>
    meshfenceShared(["explain", "world", "db", "5432", ".", ...args], { cwd: directory });
  const { stdout } = await run();
  assert.match(
    stdout,
    /to open +- add a rule to shop\/db: ingress from world\n +Checked: of all edges here, it opens only this\./,
  );
  assert.match(
    stdout,
    /\n--- a\/policies\.yaml\n\+\+\+ b\/policies\.yaml\n@@ .*\n(.*\n)*\+ {4}- fromEntities:\n\+ {8}- world\n/,
  );
  assert.equal(readFileSync(file, "utf8"), text, "nothing is written unless asked for");
  const applied = await run("--apply");
  assert.deepEqual([applied.status, applied.stderr], [0, ""]);
  const [opened, before] = [readFileSync(file, "utf8").split("\n"), text.split("\n")];
  assert.deepEqual(
    before.filter((line) => !opened.includes(line)),
    [],
  );
  const again = JSON.parse((await run("--format", "json")).stdout) as Explanation & { change: ShownChange };
  assert.equal(again.state, "allowed");
  assert.match(again.change.patch, /^--- a\/policies\.yaml\n/);
  await run("--apply");
  assert.equal(readFileSync(file, "utf8"), text, "closed again, it is as it was");
});

test("explain --apply adds a new policy to its neighbours' file, and writes nothing if it cannot write everything", async () => {
  const directory = temporaryDirectory();
  cpSync(path.join(fixtures, "before"), directory, { recursive: true });
  const run = (...args: string[]) => meshfenceShared(["explain", ...args], { cwd: directory });
  const closed = await run("shop/db", "kube-dns", "53", ".", "--apply");
  assert.equal(closed.status, 0, closed.stderr);
  const said = (await run("shop/db", "kube-dns", "53", ".")).stdout.replaceAll(/\s+/g, " ");
  assert.match(said, /is denied: deny rule 1 of kube-system\/kube-dns-deny-from-db denies it \(ingress\)\./);
  const many = await run("app=web", "world", "443", ".", "--apply");
  assert.equal(many.status, 0);
  const two = await run("world", "world", "443", ".", "--apply");
  assert.equal(two.status, 2);
});

test("explain opens what Linkerd denies in Linkerd's own objects, and keeps comments", async () => {
  const directory = temporaryDirectory();
  const file = path.join(directory, "shop.yaml");
  cpSync(path.join(fixtures, "second-fence", "shop.yaml"), file);
  const ask = (...more: string[]) =>
    meshfenceShared(["explain", "job", "cart", "8080", ".", ...more], { cwd: directory });
  const before = await ask();
  assert.match(
    before.stdout.replace(/\s+/g, " "),
    /denied .*: Linkerd refuses it: Server http admits only sa web\.shop \(403\)\./,
  );
  assert.match(before.stdout, /Server shop\/http {2}shop\.yaml:\d+\n/);
  assert.match(before.stdout, /\n\+ {4}- kind: ServiceAccount\n\+ {6}name: job\n/);
  assert.equal((await ask("--apply")).status, 0);
  assert.match(readFileSync(file, "utf8"), /identityRefs: # who may come\n/);
  assert.match((await ask()).stdout, /^✓ shop\/job → shop\/cart TCP 8080 is allowed with mTLS/);
});

const clone = path.join(__dirname, "..", "..");

test("explain --plan points at the program, and fixes a Fence with an edge", () => {
  const denied = meshfence(["explain", "client", "podinfo", "9797", "--plan"], { cwd: clone });
  assert.equal(denied.status, 0, denied.stderr);
  assert.match(denied.stdout, /^✗ cilium-linkerd\/client → cilium-linkerd\/podinfo TCP 9797 is denied/);
  // The components' own code created the policies, but the reader only knows the program.
  assert.doesNotMatch(denied.stdout, /dist\/|lib\/components/);
  assert.match(denied.stdout, /podinfo-ingress closes ingress {2}stacks\/sandbox\/index\.ts:\d+\n/);
  // One edge creates the policies of both ends and Linkerd's authorization, so there is one step and nothing else to write.
  assert.match(denied.stdout, /a new AuthorizationPolicy/);
  assert.doesNotMatch(denied.stdout, /^\+\+\+ /m);
  const [, ...byHand] = denied.stdout.split("! By hand, ");
  assert.equal(byHand.length, 1);
  assert.match(
    byHand[0] ?? "",
    /^in the Fence at stacks\/sandbox\/index\.ts:\d+: add to its edges, .*\n {2}\{ from: client, to: podinfo, ports: \[Port\.tcp\(9797\)\] \}\n/,
  );
});

test("explain closes a Fence's edge in the Fence, and other objects where the program creates them", () => {
  const at = { file: "index.ts", line: 7 };
  const edit: HandEdit = { policy: 0, action: "replace", path: ["spec"], values: [], words: "take out rule 1", at };
  const ends = { from: "shop/web-api", to: "shop/db", ports: [{ proto: "TCP", port: 5432 }] };
  const lines = (state: State, edits: readonly HandEdit[]) => byHandLines(state, edits, plainStyle, ends);
  assert.deepEqual(lines("allowed", [{ ...edit, byFence: true }, edit]), [
    "",
    "! By hand, in the Fence at index.ts:7: take TCP 5432 out of its edge from shop/web-api to shop/db",
    "",
    "! By hand, where index.ts:7 makes it: take out rule 1 (spec)",
    "  remove what is there",
  ]);
  assert.deepEqual(lines("denied", [{ ...edit, byFence: true }]).slice(-1), [
    "  { from: webApi, to: db, ports: [Port.tcp(5432)] }",
  ]);
});

test("plan --format html shows who could talk to whom under the plan", () => {
  const { status, stdout, stderr } = meshfence(["plan", "--format", "html"], { cwd: clone });
  assert.deepEqual([status, stderr], [0, ""]);
  const data = /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(stdout)?.[1] ?? "";
  const { title, policies, endpoints } = JSON.parse(data) as PageData;
  assert.equal(title, "the plan of meshfence");
  assert.deepEqual([...new Set(policies.map(({ file }) => file))], ["stacks/sandbox/index.ts"]);
  assert.ok(endpoints.some(({ id }) => id === "cilium-linkerd/podinfo"));
});

test("if no change is certain to work, explain says what that depends on, also in JSON", async () => {
  const run = (...more: string[]) => explain("host", "world", "443", "before", ...more);
  assert.match((await run()).stdout, /to close +Nothing closes it: no policy decides about it\.\n/);
  assert.equal(JSON.parse((await run("--format", "json")).stdout).noChange, "no policy decides about it");
});

test("a new object is appended to a YAML file in flow style, and goes beside a JSON file", async () => {
  const directory = temporaryDirectory();
  const documents = parseAllDocuments(readFileSync(path.join(fixtures, "second-fence", "shop.yaml"), "utf8"))
    .map((document) => document.toJS())
    .filter(({ kind }) => !["AuthorizationPolicy", "MeshTLSAuthentication"].includes(kind));
  const ask = (...more: string[]) =>
    meshfenceShared(["explain", "job", "cart", "8080", ".", ...more], { cwd: directory });
  const file = path.join(directory, "shop.yaml");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: documents }));
  const beside = await ask();
  assert.match(beside.stdout, /\n--- \/dev\/null\n\+\+\+ b\/[\w-]+\.yaml\n/);
  assert.doesNotMatch(beside.stdout, /By hand|b\/shop\.yaml/);
  writeFileSync(file, documents.map((one) => JSON.stringify(one)).join("\n---\n"));
  const before = await ask();
  assert.match(before.stdout, /\n\+\+\+ b\/shop\.yaml\n/);
  assert.doesNotMatch(before.stdout, /By hand/);
  assert.equal((await ask("--apply")).status, 0);
  assert.match((await ask()).stdout, /^✓ shop\/job → shop\/cart TCP 8080 is allowed with mTLS/);
});

test("explain --apply removes a Linkerd policy that is only for the client's account", async () => {
  const folder = temporaryDirectory();
  const file = path.join(folder, "all.yaml");
  const workload = (name: string) =>
    `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}, namespace: shop}, spec: {template: {metadata: {labels: {app: ${name}}, annotations: {linkerd.io/inject: enabled}}, spec: {serviceAccountName: ${name}, containers: [{name: c, ports: [{containerPort: 8080}]}]}}}}\n`;
  const server =
    "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: api, namespace: shop}, spec: {podSelector: {matchLabels: {app: api}}, port: 8080}}\n";
  const admits =
    "apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: web, namespace: shop}\nspec:\n  targetRef: {group: policy.linkerd.io, kind: Server, name: api}\n  requiredAuthenticationRefs: [{kind: ServiceAccount, name: web}]\n";
  const before = [workload("api"), workload("web"), server, admits].join("---\n");
  writeFileSync(file, before);
  const run = (...args: string[]) => meshfenceShared(["explain", "web", "api", "8080", ".", ...args], { cwd: folder });
  const { stdout } = await run();
  assert.match(
    stdout,
    /to close - remove AuthorizationPolicy shop\/web, which admits the account web\s+of shop alone\n/,
  );
  assert.match(stdout, /\n-kind: AuthorizationPolicy\n/);
  const { status, stderr } = await run("--apply");
  assert.deepEqual([status, stderr], [0, ""]);
  assert.equal(readFileSync(file, "utf8"), [workload("api"), workload("web"), server].join("---\n"));
  assert.match((await run()).stdout, /^✗ shop\/web → shop\/api TCP 8080 is denied/);
});
