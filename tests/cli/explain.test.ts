import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Explanation } from "../../lib/reachability/explain";
import type { ShownChange } from "../../lib/report/explain/change-text";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";

const fixtures = path.join(__dirname, "fixtures");
const explain = (...args: string[]) => meshfenceShared(["explain", ...args], { cwd: fixtures });

test("explain says it in one sentence first, then rule by rule with file and line", async () => {
  const { status, stdout, stderr } = await explain("web", "db", "5432", "before");
  assert.deepEqual([status, stderr], [0, ""]);
  const [first = ""] = stdout.split("\n\n");
  assert.equal(
    first.replace(/\s+/g, " "),
    "✗ shop/web → shop/db TCP 5432 is denied (the packet goes to 4143): no egress rule of shop/web allows it, and no ingress rule of shop/db allows it.",
  );
  assert.match(
    stdout,
    /nearest: rule 1 of shop\/db would, but for the port: it names TCP\s+5432, and the packet goes to TCP 4143\s+before\/policies\.yaml:7\n/,
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

test("explain ends with 2 where nobody is meant", async () => {
  for (const [args, said] of [
    [["nobody", "db", "1"], /^FROM: nothing is called "nobody"/],
    [["web", "nobody", "1"], /^TO: nothing is called "nobody"/],
    [["web", "db", "ssh"], /^PORT: "ssh" is not one of its ports; give 5432, 53\/UDP or icmp, or pg\n$/],
    [["web", "web", "1"], /^TO: is who connects/],
  ] as const) {
    const { status, stdout, stderr } = await explain(...args, "before");
    assert.deepEqual([status, stdout], [2, ""], args.join(" "));
    assert.match(stderr, said);
  }
});

test("explain proposes the change as a patch, and --apply makes it in the files", async () => {
  const directory = temporaryDirectory();
  cpSync(path.join(fixtures, "before"), directory, { recursive: true });
  const file = path.join(directory, "policies.yaml");
  const text = readFileSync(file, "utf8");
  const run = (...args: string[]) =>
    meshfenceShared(["explain", "world", "db", "5432", ".", ...args], { cwd: directory });
  const { stdout } = await run();
  assert.match(
    stdout,
    /to open +- add a rule to shop\/db: ingress from world\n +Checked: it opens this and nothing else\./,
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

test("explain --apply writes a new policy into the file of those beside it, and nothing where it cannot", async () => {
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

test("what Linkerd refuses is opened in its own objects, and comments stay", async () => {
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
