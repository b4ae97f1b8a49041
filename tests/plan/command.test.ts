import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { meshfence } from "../support/meshfence";
import { some } from "../support/runs";
import { project, sandbox, temporaryDirectory } from "./fixture";

interface PlannedJson {
  project: string;
  stack: string;
  resources: {
    urn: string;
    name: string;
    parent?: string;
    dependsOn: string[];
    provider?: string;
    wave: number;
    inputs: { [key: string]: unknown };
  }[];
}

function planned(...args: string[]): PlannedJson {
  const { stdout, stderr, status } = meshfence(["plan", "--format", "json", ...args]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as PlannedJson;
}

const formats = ["json", "markdown", "text"] as const;
const plan = (format: (typeof formats)[number], ...args: string[]) =>
  meshfence(["plan", "--program", sandbox, "--format", format, "--config", "token=hush-hush", ...args]);

/** The plan of the sandbox, with its files; run once for all tests. */
const out = temporaryDirectory();
const shown = new Map<string, ReturnType<typeof plan>>();
function once(format: (typeof formats)[number]): ReturnType<typeof plan> {
  const known = shown.get(format) ?? plan(format, "--out", out);
  shown.set(format, known);
  return known;
}
const resourcesOfSandbox = () => (JSON.parse(once("json").stdout) as PlannedJson).resources;

test("text fits in 80 columns, has colour only on a terminal, and shows each resource once", () => {
  const { stdout, stderr, status } = once("text");
  assert.equal(stderr, "");
  assert.equal(status, 0);
  const lines = stdout.split("\n");
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  assert.ok(!stdout.includes("\u001b"));
  assert.equal(lines[0], "fixture, stack dev: 31 resources in 12 waves");
  assert.equal(lines.filter((line) => line.includes("CiliumNetworkPolicy  podinfo/ingress")).length, 1);
  assert.equal(stdout.match(/^ {2,}\S.* Deployment /gm)?.length, 3);
});

test("no resource is in the same or an earlier wave than its dependencies", () => {
  const resources = resourcesOfSandbox();
  const waves = new Map(resources.map(({ urn, wave }) => [urn, wave]));
  let edges = 0;
  for (const { urn, wave, dependsOn, provider } of resources) {
    for (const awaited of [...dependsOn, provider ?? ""]) {
      const before = waves.get(awaited);
      if (before === undefined) continue; // a default provider
      edges++;
      assert.ok(before < wave, `${urn} is in wave ${wave}, ${awaited} in wave ${before}`);
    }
  }
  assert.ok(edges > 60, `${edges} edges`);
});

test("the same program gives the same bytes on every run", () => {
  for (const format of some(formats)) {
    const { stdout } = once(format);
    assert.ok(stdout.length > 500);
    assert.equal(plan(format).stdout, stdout);
  }
});

test("masks secrets in every format and file, and says what each unknown value depends on", () => {
  for (const format of formats) {
    const { stdout, status } = once(format);
    assert.equal(status, 0);
    assert.ok(!stdout.includes("hush-hush"));
  }
  assert.match(readFileSync(path.join(out, "_helm/kube-system/cilium/values.yaml"), "utf8"), /^token: "\[secret\]"$/m);
  const crds = resourcesOfSandbox().find(({ name }) => name === "platform-linkerd-crds");
  assert.deepEqual(crds?.inputs.values, {
    identityTrustAnchorsPEM: "[known after platform-anchor]",
    proxy: { outboundTransportMode: "transparent" },
  });
});

test("reads configuration from the project, then the stack's file, then the command line", () => {
  const files = {
    "Pulumi.yaml":
      "name: program\nruntime: nodejs\nconfig:\n  a: project\n  b: {default: project}\n  c: {default: project}\n",
    "Pulumi.prod.yaml":
      "config:\n  program:b: stack\n  program:c: stack\n  program:deep: {x: [1]}\n  program:key: {secure: abc}\n",
    "index.ts": `import * as pulumi from "@pulumi/pulumi";
      import * as kubernetes from "@pulumi/kubernetes";
      const config = new pulumi.Config();
      const [a, b, c] = ["a", "b", "c"].map((key) => config.require(key));
      new kubernetes.core.v1.ConfigMap("config", {
        data: { a, b, c, deep: String(config.requireObject<{ x: number[] }>("deep").x[0]), stack: pulumi.getStack() },
      });`,
  };
  const { stdout, stderr } = meshfence([
    "plan",
    "--format",
    "json",
    "--program",
    project(files),
    "--config",
    "c=line=1",
  ]);
  const { stack, resources } = JSON.parse(stdout) as PlannedJson;
  assert.equal(stack, "prod");
  assert.deepEqual(resources[0]?.inputs.data, { a: "project", b: "stack", c: "line=1", deep: "1", stack: "prod" });
  assert.match(stderr, /note: program:key is encrypted/);
});

test("runs TypeScript that Node alone cannot, .js specifiers and JavaScript", () => {
  const typescript = project({
    "index.ts": `import { make, Kind } from "./lib/make.js";
      class Holder { constructor(readonly kind: Kind) {} }
      export = async () => ({ made: make(new Holder(Kind.Second).kind) });`,
    "lib/make.ts": `import { ConfigMap } from "@pulumi/kubernetes/core/v1";
      export enum Kind { First, Second }
      export const make = (kind: Kind) => new ConfigMap("made", { data: { kind: Kind[kind] } }).metadata.name;`,
  });
  assert.deepEqual(planned("--program", typescript).resources[0]?.inputs.data, { kind: "Second" });
  const module = project({
    "package.json": '{ "type": "module", "main": "main.js" }',
    "main.js": `import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
      new ConfigMap("made", { data: { kind: "module" } });`,
  });
  assert.deepEqual(planned("--program", module).resources[0]?.inputs.data, { kind: "module" });
});

test("keeps what the program prints out of the plan", () => {
  const program = project({ "index.js": 'console.log("chatter"); require("@pulumi/pulumi").log.warn("careful");' });
  const { stdout, stderr, status } = meshfence(["plan", "--format", "json", "--program", program]);
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), { project: "program", stack: "dev", resources: [] });
  assert.match(stderr, /chatter/);
  assert.match(stderr, /^warning: careful$/m);
});

test("plans the nearest project above the current folder by default", () => {
  const { stdout, status } = meshfence(["plan"], {
    cwd: path.join(project({ "index.js": "", "deep/er/x": "" }), "deep/er"),
  });
  assert.equal(status, 0);
  assert.match(stdout, /^program, stack dev: 0 resources in 0 waves\n/);
});
