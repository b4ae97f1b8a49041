import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import * as ts from "typescript";
import manifest from "../../package.json";

/**
 * The tarball as npm would publish it, in a project of its own: with what its manifest declares beside it, and nothing else, so that
 * neither a file nor a package that only this repository has can be counted on. No network.
 */

const root = path.join(__dirname, "../..");
const project = realpathSync(mkdtempSync(path.join(tmpdir(), "meshfence-consumer-")));
const modules = path.join(project, "node_modules");
let tarball = "";

before(() => {
  const [packed] = JSON.parse(
    run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], root),
  ) as {
    filename: string;
  }[];
  tarball = path.join(project, packed?.filename ?? "");
  mkdirSync(modules);
  run("tar", ["-xzf", tarball, "-C", project], project);
  cpSync(path.join(project, "package"), path.join(modules, "meshfence"), { recursive: true });
  const beside = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies), "@types/node"];
  for (const name of beside) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  }
  writeFileSync(path.join(project, "package.json"), '{ "name": "consumer", "private": true }');
  cpSync(path.join(root, "stacks"), path.join(project, "stacks"), { recursive: true });
  cpSync(path.join(root, "Pulumi.yaml"), path.join(project, "Pulumi.yaml"));
});

after(() => rmSync(project, { recursive: true, force: true }));

test("publint finds nothing", async () => {
  const { publint } = await import("publint");
  const { formatMessage } = await import("publint/utils");
  const data = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer },
    strict: true,
  });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("arethetypeswrong finds nothing, for every entry point and every way of resolving it", async () => {
  const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core");
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  assert.ok(analysis.types !== false, "the package has types");
  const problems = analysis.problems.map((problem) => JSON.stringify(problem));
  assert.deepEqual(problems, []);
  const entries = Object.keys(analysis.entrypoints);
  assert.deepEqual(entries.sort(), [".", "./kind", "./manifests", "./package.json", "./reachability"]);
});

const consumer = `
import * as kubernetes from "@pulumi/kubernetes";
import { Cilium, Endpoints, NetworkPolicy, Peer, Port } from "meshfence";
import { KindCluster } from "meshfence/kind";
import { evaluateManifests } from "meshfence/manifests";
import { compile } from "meshfence/reachability";

export const { problems } = evaluateManifests([{ file: "a.yaml", text: "kind: Pod" }]);
const { provider }: { provider: kubernetes.Provider } = new KindCluster("cluster", { workers: 1 });
const cilium = new Cilium("cilium", {}, { provider });
const policy = new NetworkPolicy(
  "web",
  {
    name: "web",
    namespace: "shop",
    endpointSelector: Endpoints.labels({ app: "web" }),
    ingress: [{ from: [Peer.endpoints({ app: "client" })], ports: [Port.tcp(80)] }],
  },
  { provider, dependsOn: cilium },
);
export const allowed: boolean = compile(policy.manifests, { endpoints: [] }).verdict({ from: "a", to: "b", proto: "TCP", port: 80 }).allowed;
// What would pass if the types had not been found.
// @ts-expect-error
new KindCluster("cluster", { workers: "one" });
// @ts-expect-error
new Cilium("cilium", { nodes: "one" });
// @ts-expect-error
compile(1, 2);
`;

const resolutions: { [name: string]: { file: string; options: ts.CompilerOptions } } = {
  "CommonJS as Pulumi's older templates have it (node10)": {
    file: "node10.ts",
    options: {
      module: ts.ModuleKind.CommonJS,
      moduleResolution: ts.ModuleResolutionKind.Node10,
      ignoreDeprecations: "6.0",
    },
  },
  "nodenext from CommonJS": {
    file: "nodenext.cts",
    options: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  },
  "nodenext from ES modules": {
    file: "nodenext.mts",
    options: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  },
  bundler: {
    file: "bundler.ts",
    options: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  },
};

for (const [name, { file, options }] of Object.entries(resolutions)) {
  test(`a program compiles against it with ${name}`, () => {
    writeFileSync(path.join(project, file), consumer);
    assert.deepEqual(compileErrors([path.join(project, file)], options), []);
  });
}

const stacks = readdirSync(path.join(root, "stacks"));

test("the example stacks compile against it", () => {
  const files = stacks.map((stack) => path.join(project, "stacks", stack, "index.ts"));
  const { options } = resolutions["nodenext from CommonJS"] ?? {};
  assert.deepEqual(compileErrors(files, options ?? {}), []);
});

test("its command plans the example stacks", () => {
  const command = path.join(modules, manifest.name, manifest.bin.meshfence);
  for (const stack of stacks) {
    const folder = stack === "sandbox" ? project : path.join(project, "stacks", stack);
    const plan = run(process.execPath, [command, "plan", "--format", "json", ...configurationOf(stack)], folder);
    assert.ok(JSON.parse(plan), stack);
    assert.match(plan, /"meshfence:index:(Sandbox|Fence|(Clusterwide)?NetworkPolicy)"/, stack);
  }
});

test("an ES module can import each entry point", () => {
  const script = `
    import { Cilium } from "meshfence";
    import { KindCluster } from "meshfence/kind";
    import { compile } from "meshfence/reachability";
    console.log(typeof Cilium, typeof KindCluster, typeof compile);`;
  assert.equal(
    run(process.execPath, ["--input-type=module", "--eval", script], project).trim(),
    "function function function",
  );
});

/** What a stack requires of whoever runs it. */
function configurationOf(stack: string): string[] {
  return stack === "sandbox" ? [] : ["--config", "context=kind-test"];
}

function compileErrors(files: string[], options: ts.CompilerOptions): string[] {
  const program = ts.createProgram(files, {
    ...options,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [path.join(modules, "@types")],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      (diagnostic) =>
        `${diagnostic.file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`,
    );
}

function run(command: string, args: string[], cwd: string): string {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${stderr}`);
  return stdout;
}
