import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { temporaryDirectory } from "../plan/fixture";

interface Result {
  structuredContent: { status?: number; cuts?: { list: string; of: number }[] };
}

test("notes count towards the limit, and every reason for a missing answer is given", async () => {
  const root = temporaryDirectory();
  const names = Array.from({ length: 600 }, (_, index) => `np-${index}-${"x".repeat(40)}`);
  const refused = (name: string) =>
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: ${name} }\nspec: { podSelector: {}, ingress: [{ from: [{}] }] }\n`;
  writeFileSync(path.join(root, "all.yaml"), names.map(refused).join("---\n"));
  const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [main, "mcp", root] }));
  try {
    const { structuredContent } = (await client.callTool({ name: "lint", arguments: {} })) as unknown as Result;
    assert.equal(structuredContent.status, 2);
    assert.ok(JSON.stringify(structuredContent).length < 42_000);
    const cut = structuredContent.cuts?.map(({ list, of }) => `${list} ${of}`);
    assert.deepEqual(cut?.sort(), ["answer.problems 600", "notes 600"]);
  } finally {
    await client.close();
  }
});
