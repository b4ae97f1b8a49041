import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { parse } from "yaml";
import { bounded, type Cut } from "../../lib/cli/mcp/bounded";
import { tools } from "../../lib/cli/mcp/tools";
import { fakeApiServer, json } from "../cluster/api-server";
import { temporaryDirectory } from "../plan/fixture";

const manifests = `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: a, image: a, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: shop, labels: { app: db } }
spec: { containers: [{ name: a, image: a, ports: [{ containerPort: 5432 }] }] }
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  endpointSelector: { matchLabels: { app: db } }
  ingress:
    - fromEndpoints: [{ matchLabels: { app: web } }]
      toPorts: [{ ports: [{ port: "5432", protocol: TCP }] }]
`;

interface Result {
  structuredContent: {
    status?: number;
    answer?: Record<string, unknown>;
    error?: string;
    notes?: string[];
    cuts?: Cut[];
  };
  isError?: boolean;
}

test("without the SDK beside it, mcp says what to install", () => {
  const installed = temporaryDirectory();
  const root = path.join(__dirname, "..", "..");
  for (const name of ["dist", "package.json"]) symlinkSync(path.join(root, name), path.join(installed, name));
  mkdirSync(path.join(installed, "node_modules"));
  for (const name of readdirSync(path.join(root, "node_modules")).filter((name) => name !== "@modelcontextprotocol"))
    symlinkSync(path.join(root, "node_modules", name), path.join(installed, "node_modules", name));
  const main = path.join(installed, "dist", "cli", "main.js");
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--preserve-symlinks", "--preserve-symlinks-main", main, "mcp", "."],
    {
      cwd: installed,
      encoding: "utf8",
      input: "",
    },
  );
  assert.equal(status, 2, stderr);
  assert.match(
    stderr,
    /needs @modelcontextprotocol\/sdk; install it beside meshfence: npm install @modelcontextprotocol\/sdk/,
  );
});

test("agents ask over standard input and output, with the SDK's own client", async () => {
  const root = temporaryDirectory();
  mkdirSync(path.join(root, "k8s"));
  writeFileSync(path.join(root, "k8s", "all.yaml"), manifests);
  symlinkSync("/etc", path.join(root, "elsewhere"));
  const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [main, "mcp", root] }));
  const call = async (name: string, given: Record<string, string>) =>
    (await client.callTool({ name, arguments: given })) as unknown as Result;
  try {
    const listed = await client.listTools();
    assert.deepEqual(
      listed.tools.map(({ name }) => name),
      ["reach", "diff", "explain", "lint", "replay"],
    );
    for (const { name, annotations } of listed.tools) assert.equal(annotations?.readOnlyHint, true, name);
    // With an output schema, the client checks each answer against it.
    for (const { name, outputSchema } of listed.tools) assert.ok(outputSchema, name);
    for (const word of ["status", "answer.unseen", "cuts"]) assert.ok(client.getInstructions()?.includes(word), word);

    const [explained, reached, outside, behindLink, option, missing] = await Promise.all([
      call("explain", { from: "shop/web", to: "shop/db", port: "5432", path: "k8s" }),
      call("reach", { from: "shop/web", to: "shop/db", port: "5432", only: "allowed" }),
      call("lint", { path: "../.." }),
      call("lint", { path: "elsewhere/passwd" }),
      call("explain", { from: "--apply", to: "shop/db", port: "5432" }),
      call("explain", { from: "shop/web" }),
    ]);
    assert.equal(explained.structuredContent.status, 0, JSON.stringify(explained));
    assert.match(JSON.stringify(explained.structuredContent.answer), /"allowed"|"allow"/);
    const flows = reached.structuredContent.answer?.flows as { from: string; to: string; port: number }[] | undefined;
    assert.deepEqual(
      flows?.map(({ from, to, port }) => `${from} ${to} ${port}`),
      ["shop/web shop/db 5432"],
    );
    for (const refused of [outside, behindLink]) {
      assert.equal(refused.isError, true);
      assert.match(refused.structuredContent.error ?? "", /is not in the served folder/);
    }
    assert.doesNotMatch(JSON.stringify(option), /wrote|written/, "what an agent gives is never an option");
    assert.match(missing.structuredContent.error ?? "", /^to is missing$/);
  } finally {
    await client.close();
  }
});

test("an answer is cut to what can be read, and says what was cut", () => {
  const answer = { mode: "x", edges: Array.from({ length: 1000 }, (_, index) => ({ index })), few: [1, 2] };
  const { answer: cut, cuts } = bounded(answer, 2000);
  assert.ok(JSON.stringify(cut).length <= 2000);
  assert.deepEqual(cuts, [{ list: "edges", shown: 125, of: 1000 }]);
  assert.deepEqual((cut as typeof answer).few, [1, 2]);
  assert.equal(answer.edges.length, 1000, "the answer itself stays");
  assert.deepEqual(bounded(answer), { answer, cuts: [] });
  assert.equal(bounded({ text: "x".repeat(3000) }, 2000).answer, undefined);
});

test("no argument of an agent becomes an option, and no tool changes anything", () => {
  for (const { name, parameters, args } of tools) {
    const given = Object.fromEntries(Object.keys(parameters).map((parameter) => [parameter, "."]));
    const line = args(
      { ...given, revision: "--apply", from: "--apply" },
      { root: process.cwd(), cluster: ["--context=c"] },
    );
    const end = line.indexOf("--");
    assert.ok(end > 0, name);
    assert.ok(!line.slice(0, end).includes("--apply"), name);
  }
});

test("a running cluster is asked about where one is served, and only that one", async () => {
  const objects = manifests.split("---\n").map((text) => parse(text) as { kind: string; apiVersion: string });
  const server = await fakeApiServer({
    http: ({ url = "" }, response) => {
      const [, group = "", plural = ""] = /^\/(?:api|apis)\/(.*)\/([a-z]+)\?/.exec(url) ?? [];
      const items = objects.filter(
        ({ apiVersion, kind }) => apiVersion === group && `${kind.toLowerCase().replace(/y$/, "ie")}s` === plural,
      );
      json(response, 200, { apiVersion: group, kind: "List", items });
    },
  });
  const root = temporaryDirectory();
  writeFileSync(path.join(root, "kubeconfig"), server.kubeconfigText);
  const open = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "open", namespace: "shop" },
  };
  writeFileSync(path.join(root, "open.json"), JSON.stringify({ ...open, spec: { podSelector: {}, ingress: [{}] } }));
  const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
  const client = new Client({ name: "test", version: "1.0.0" });
  const args = [main, "mcp", "--kubeconfig", "kubeconfig", "--context", "fake", "."];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: root }));
  const call = async (name: string, given: Record<string, string>) =>
    (await client.callTool({ name, arguments: given })) as unknown as Result;
  try {
    const [reached, changed] = await Promise.all([call("reach", {}), call("diff", { apply: "open.json" })]);
    assert.match(JSON.stringify(reached.structuredContent.answer), /shop\/web/, JSON.stringify(reached));
    assert.match(JSON.stringify(changed.structuredContent.answer), /"opened"/, JSON.stringify(changed));
  } finally {
    await client.close();
    await server.close();
  }
  const [diff] = tools.filter(({ name }) => name === "diff");
  assert.throws(() => diff?.args({ apply: "." }, { root: process.cwd(), cluster: [] }), /no running cluster is served/);
});
