import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { temporaryDirectory } from "../plan/fixture";
import { html } from "./judges";
import { hostilePieces, hostileState } from "./state";

const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
const h = hostilePieces.join(" ");
const root = temporaryDirectory();
mkdirSync(path.join(root, "k8s"));
writeFileSync(path.join(root, "k8s", "all.json"), JSON.stringify(hostileState(h)));

test("hostile names stay inert for agents: every answer is a valid response with JSON in it", async () => {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [main, "mcp", root], stderr: "ignore" }),
  );
  try {
    for (const [name, given] of [
      ["reach", { path: "k8s" }],
      ["lint", { path: "k8s" }],
      ["explain", { from: `shop/${h}-2`, to: "shop/web", port: "80", path: "k8s" }],
      ["diff", { before: "k8s", after: "k8s" }],
    ] as const) {
      const { content } = (await client.callTool({ name, arguments: given })) as {
        content: { type: string; text: string }[];
      };
      assert.deepEqual(
        content.map(({ type }) => type),
        ["text"],
      );
      const answer = JSON.parse(content[0]?.text ?? "") as { status?: number; error?: string };
      const isRefused = name === "explain" && answer.error === "from contains NUL, which no name or path does";
      assert.ok(
        isRefused || answer.status === 0 || answer.status === 2,
        `${name}: ${JSON.stringify(answer).slice(0, 500)}`,
      );
    }
  } finally {
    await client.close();
  }
});

test("hostile names and requests stay inert in the served page", async () => {
  const child = spawn(process.execPath, [main, "view", "k8s"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [url] = (await once(createInterface(child.stdout), "line")) as [string];
    await html(await (await fetch(url)).text());
    const lost = await fetch(`${url}${encodeURIComponent("<script>alert(1)</script>\r\nx: y")}`);
    assert.equal(lost.status, 404);
    assert.equal(lost.headers.get("x"), null);
    assert.doesNotMatch(await lost.text(), /<script>/);
  } finally {
    child.kill("SIGKILL");
  }
});
