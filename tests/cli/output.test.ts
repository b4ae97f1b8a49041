import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const main = path.join(__dirname, "../../dist/cli/main.js");
const folder = mkdtempSync(path.join(tmpdir(), "meshfence-output-"));
after(() => rmSync(folder, { recursive: true }));

const state = (ingress: unknown[]) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace: "shop" },
        spec: { template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web" }] } } },
      },
      {
        apiVersion: "cilium.io/v2",
        kind: "CiliumNetworkPolicy",
        metadata: { name: "web", namespace: "shop" },
        spec: { endpointSelector: { matchLabels: { app: "web" } }, ingress },
      },
    ],
  });
for (const [name, ingress] of [
  ["shut.json", [{ fromEntities: ["none"] }]],
  ["open.json", [{ fromEntities: ["world"] }]],
] as const)
  writeFileSync(path.join(folder, name), state([...ingress]));

/** The status and what is said on the error stream where nobody reads the output. */
function closed(...args: string[]): Promise<[number | null, string]> {
  return withClosed(["stdout"], args);
}

async function withClosed(streams: readonly ("stdout" | "stderr")[], args: string[]): Promise<[number | null, string]> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of streams) child[stream].destroy();
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return [status, said];
}

test("output that nobody reads is no answer, whatever was found", async () => {
  const [[found], [nothing, said]] = await Promise.all([
    closed("diff", "shut.json", "open.json", "--fail-on", "opened"),
    closed("diff", "open.json", "shut.json", "--fail-on", "opened"),
  ]);
  assert.equal(found, 2);
  assert.equal(nothing, 2);
  assert.match(said, /error: the output could not be written: it was closed before all of it was written/);
});

test("problems that nobody reads are no fault of the program", async () => {
  writeFileSync(path.join(folder, "broken.yaml"), "a: [\n");
  const statuses = await Promise.all(
    [["stderr"] as const, ["stdout", "stderr"] as const].map((streams) =>
      withClosed(streams, ["reach", "broken.yaml"]),
    ),
  );
  assert.deepEqual(
    statuses.map(([status]) => status),
    [2, 2],
  );
});

test("a full disk ends in words, and with a status that is no answer", { skip: !existsSync("/dev/full") }, async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [main, "reach", "open.json"], { cwd: folder, stdio: ["ignore", full, "pipe"] });
  let said = "";
  child.stderr?.on("data", (data) => {
    said += data;
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  assert.equal(status, 2);
  assert.match(said, /no space is left on the device/);
});
