import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { meshfenceShared } from "../support/meshfence";

const fixture = path.join(__dirname, "fixtures", "after");

interface Line {
  from: string;
  to: string;
  proto: string;
  port: number;
  allowed: boolean;
}

async function lines(...options: string[]): Promise<Line[]> {
  const { stdout, stderr } = await meshfenceShared(["reach", fixture, "--format", "jsonl", ...options]);
  assert.doesNotMatch(stderr, /^error|nobody/m);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

const key = ({ from, to, proto, port }: Line) => `${from} ${to} ${proto} ${port}`;

test("--from and --to select flows, and change no verdict", async () => {
  const all = new Map((await lines()).map((line) => [key(line), line]));
  const some = await lines("--from", "shop/web", "--to", "db");
  assert.ok(some.length > 0);
  for (const line of some) {
    assert.deepEqual([line.from, line.to], ["shop/web", "shop/db"]);
    assert.deepEqual(line, all.get(key(line)));
  }
  const both = await lines("--from", "web", "--from", "app=db");
  assert.deepEqual([...new Set(both.map(({ from }) => from))].sort(), ["shop/db", "shop/web"]);
});

test("--cluster adds pods of other clusters; without it, meshfence.yaml does", async (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), "meshfence-clusters-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const reach = async (...options: string[]) => {
    const run = await meshfenceShared(["reach", fixture, "--format", "jsonl", ...options], { cwd: folder });
    return { ...run, others: ["west", "south"].filter((name) => run.stdout.includes(`of cluster ${name}"`)) };
  };
  assert.deepEqual((await reach()).others, []);
  assert.deepEqual((await reach("--cluster", "west", "--cluster", "south")).others, ["west", "south"]);
  writeFileSync(path.join(folder, "meshfence.yaml"), "clusters: [south]\n");
  assert.deepEqual((await reach()).others, ["south"]);
  assert.deepEqual((await reach("--cluster", "west")).others, ["west"]);
  writeFileSync(path.join(folder, "meshfence.yaml"), "clusters: south\n");
  const { status, stderr } = await reach();
  assert.equal(status, 2);
  assert.match(stderr, /meshfence\.yaml:1:\d+: clusters: must be a list of names/);
});

test("--port selects one port of every endpoint, by number or name", async () => {
  const number = await lines("--port", "5432", "--to", "shop/db");
  assert.ok(number.every(({ proto, port }) => proto === "TCP" && port === 5432));
  assert.deepEqual(await lines("--port", "pg", "--to", "shop/db"), number);
  assert.deepEqual(
    number.filter(({ allowed }) => allowed).map(({ from }) => from),
    (await lines("--port", "5432", "--to", "shop/db", "--only", "allowed")).map(({ from }) => from),
  );
  const udp = await lines("--port", "99/UDP", "--from", "shop/web");
  assert.ok(udp.length > 0 && udp.every(({ proto, port }) => proto === "UDP" && port === 99));
});

test("answers about an address that no policy distinguishes", async () => {
  const found = await lines("--from", "203.0.113.9", "--to", "shop/web", "--port", "8080");
  assert.deepEqual(
    found.map(({ from, allowed }) => [from, allowed]),
    [["203.0.113.9", true]],
  );
});

test("--only selects by verdict, and its three values together select everything", async () => {
  const all = await lines("--to", "shop/db");
  const parts = await Promise.all(
    ["allowed", "denied", "unknown"].map((only) => lines("--to", "shop/db", "--only", only)),
  );
  assert.ok((parts[0] ?? []).length > 0 && (parts[1] ?? []).length > 0);
  assert.deepEqual(parts.flat().map(key).sort(), all.map(key).sort());
  assert.deepEqual(
    (await lines("--to", "shop/db", "--only", "allowed,denied")).length,
    all.length - (parts[2] ?? []).length,
  );
});

test("every format shows the same selection and names it", async () => {
  const options = ["--from", "shop/web", "--to", "shop/db", "--port", "5432"];
  for (const format of ["text", "markdown", "json", "jsonl", "mermaid", "svg"]) {
    const { stdout, status } = await meshfenceShared(["reach", fixture, "--format", format, ...options]);
    assert.notEqual(status, 1);
    if (format !== "json") assert.doesNotMatch(stdout, /batch\/report|kube-dns/, format);
    if (format === "text") assert.match(stdout, /only from shop\/web · to shop\/db · port 5432/);
    if (format === "markdown") assert.match(stdout, /only from shop\/web/);
  }
  const { stdout } = await meshfenceShared(["reach", fixture, "--to", "shop/db", "--port", "5432", "--only", "denied"]);
  assert.match(stdout, /✗ .*world/s);
});

test("a filter that matches no endpoint, port or verdict is an error that names alternatives", async () => {
  for (const [options, message] of [
    [["--from", "shop/wbe"], /nothing is called "shop\/wbe"/],
    [["--to", "app=nobody"], /no pod has the labels app=nobody/],
    [["--port", "nosuchport"], /no endpoint has a port "nosuchport"/],
    [["--only", "open"], /allowed, denied, unknown/],
    [["--only", "allowed", "--format", "html"], /--format html has its own filters/],
  ] as const) {
    const { status, stderr } = await meshfenceShared(["reach", fixture, ...options]);
    assert.equal(status, 2, options.join(" "));
    assert.match(stderr, message);
  }
});
