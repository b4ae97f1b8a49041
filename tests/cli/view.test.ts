import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";

const root = path.join(__dirname, "..", "..");
const directory = temporaryDirectory();
cpSync(path.join(__dirname, "fixtures", "before"), directory, { recursive: true });

let viewing: ChildProcess | undefined;
after(() => void viewing?.kill("SIGKILL"));

async function view(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [path.join(root, "dist", "cli", "main.js"), "view", "."], { cwd: directory });
  viewing = child;
  const [url] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, url };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

async function asked(url: string, headers: Record<string, string> = {}, method = "GET") {
  const sent = request(url, { headers, method });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await textOf(response) };
}

test("view serves the page to this machine only, reports changed files, and ends when interrupted", async () => {
  const { child, url } = await view();
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await asked(url);
  assert.equal(page.status, 200);
  assert.match(page.text, /connect-src 'self'/);
  assert.match(page.text, /"shop\/web"/);
  assert.equal(page.headers["cross-origin-resource-policy"], "same-origin");
  // Another site's name may point to this machine, and must not get the page.
  assert.equal((await asked(url, { host: "rebound.example" })).status, 403);
  assert.equal((await asked(url, {}, "POST")).status, 405);
  assert.equal((await asked(`${url}policies.yaml`)).status, 404);

  const events = get(`${url}events`);
  const [stream] = (await once(events, "response")) as [IncomingMessage];
  const told = new Promise<string>((resolve) => {
    stream.on("data", (part: Buffer) => part.includes("data:") && resolve(part.toString("utf8")));
  });
  const added = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "newcomer", namespace: "shop" },
    spec: { containers: [] },
  };
  writeFileSync(path.join(directory, "more.json"), JSON.stringify(added));
  assert.match(await told, /^data: changed\n\n/m);
  assert.match((await asked(url)).text, /"shop\/newcomer"/);

  child.kill("SIGINT");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  events.destroy();
});

test("view says what it cannot serve", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const refused = await meshfenceShared(["view", ".", "--port", String(port)], { cwd: directory });
  taken.close();
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, new RegExp(`port ${port} is taken; leave --port out for a free one`));
  const input = await meshfenceShared(["view", "-"]);
  assert.equal(input.status, 2);
  assert.match(input.stderr, /not standard input; use reach --format html/);
});
