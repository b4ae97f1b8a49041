import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type GateFix, gateFixMarkdown } from "../../lib/report/diff/gate-fix";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";

const fixtures = path.join(__dirname, "fixtures");
const diff = (cwd: string, ...args: string[]) => meshfenceShared(["diff", "before", "after", ...args], { cwd });

test("a gate that fails proposes a change, and passes with it", async () => {
  const folder = temporaryDirectory();
  for (const side of ["before", "after"])
    cpSync(path.join(fixtures, side), path.join(folder, side), { recursive: true });
  const gate = ["--fail-on", "opened:world"];
  const { status, stdout } = await diff(folder, ...gate);
  assert.equal(status, 1);
  assert.match(
    stdout,
    /^To close world → shop\/web TCP 8080 again \(--fail-on opened:world\)\n {2}to close - take out rule 1 of shop\/web$/m,
  );
  assert.match(stdout, /Checked: of all edges here, it closes only this\./);
  const { stdout: json } = await diff(folder, ...gate, "--format", "json");
  const [fix, ...others] = JSON.parse(json).fixes;
  assert.deepEqual([others, fix.gate, fix.edge.from, fix.edge.to], [[], "opened:world", "world", "shop/web"]);
  writeFileSync(path.join(folder, "fix.patch"), fix.change.patch);
  const applied = spawnSync("git", ["apply", "fix.patch"], { cwd: folder, encoding: "utf8" });
  assert.deepEqual([applied.status, applied.stderr], [0, ""]);
  assert.equal((await diff(folder, ...gate)).status, 0);
});

test("a gate on closed edges proposes a change that reopens them; without a gate there is no proposal", async () => {
  const { stdout } = await diff(fixtures, "--fail-on", "closed:shop/db");
  assert.match(stdout, /^To open batch\/report → shop\/db TCP 5432 again \(--fail-on closed:shop\/db\)$/m);
  assert.match(stdout, /to open {2}- add batch\/report to rule 1 of shop\/db/);
  for (const format of ["text", "markdown", "json"])
    assert.doesNotMatch((await diff(fixtures, "--format", format)).stdout, / again \(|"fixes"/);
});

test("the comment folds the proposed change, with its patch", async () => {
  const { stdout } = await diff(fixtures, "--fail-on", "opened", "--format", "markdown");
  assert.match(
    stdout,
    /<details><summary>To close world → shop\/web TCP 8080 again \(fail-on opened\)<\/summary>\n\n- take out rule 1 of shop\/web\n/,
  );
  assert.match(stdout, /```diff\n--- a\/after\/policies\.yaml\n/);
});

test("one change closes, or reopens, all ports of an edge, and names them", async () => {
  const folder = temporaryDirectory();
  for (const [side, peers] of Object.entries({ before: "[host]", after: "[world, host]" })) {
    mkdirSync(path.join(folder, side));
    const workloads = readFileSync(path.join(fixtures, side, "workloads.yaml"), "utf8");
    const policy = `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  ingress:
    - fromEntities: ${peers}
`;
    writeFileSync(path.join(folder, side, "all.yaml"), workloads + policy);
  }
  const { stdout } = await diff(folder, "--fail-on", "opened:world");
  const titles = stdout.match(/^To .*$/gm);
  assert.deepEqual(titles, [
    "To close world → shop/web TCP 8080, any other port, UDP any port, SCTP and ICMP too again (--fail-on opened:world)",
  ]);
  assert.match(
    stdout,
    /to close - take world out of rule 1 of shop\/web\n +Checked: of all edges here, it closes only this\./,
  );
  assert.match(stdout, /^-.*\[world, host\]\n\+.*\[host\]$/m);
  assert.doesNotMatch(stdout, /more edges/);
  const back = await meshfenceShared(["diff", "after", "before", "--fail-on", "closed:world", "--format", "json"], {
    cwd: folder,
  });
  const [fix, ...others] = JSON.parse(back.stdout).fixes;
  assert.deepEqual([others, fix.more, fix.ports.length], [[], 0, 3]);
  assert.deepEqual(fix.change.edits[0].words, "add world to rule 1 of shop/web");
});

test("the comment names the Fence and its edge if a Fence creates the policy to change", () => {
  const edge = { from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 };
  const edit = {
    policy: 0,
    action: "replace",
    path: ["spec", "ingress", 0],
    values: [],
    words: "take out rule 1",
  } as const;
  const at = { file: "index_1.ts", line: 7 };
  const fix = (byHand: object): GateFix => ({
    gate: "closed",
    more: 0,
    edge,
    ports: [edge, { proto: "UDP", port: 90, standsFor: { protocols: ["UDP"], ports: [{ first: 90, last: 99 }] } }],
    change: { edits: [edit], opens: [], closes: [], patch: "", byHand: [{ ...edit, ...byHand }] },
  });
  const text = (byHand: object) => gateFixMarkdown([fix(byHand)]).join("\n");
  assert.match(
    text({ at, byFence: true }),
    /\n\nBy hand, in the Fence at index\\_1\.ts:7: add to its edges, or to the ports of the edge from shop\/web to shop\/db:\n\n```ts\n\{ from: web, to: db, ports: \[Port\.tcp\(5432\), Port\.udpRange\(90, 99\)\] \}\n```\n/,
  );
  assert.match(
    text({ at }),
    /By hand, where index\\_1\.ts:7 makes it: take out rule 1, at `spec\.ingress\.0`: remove what is there\.\n/,
  );
});
