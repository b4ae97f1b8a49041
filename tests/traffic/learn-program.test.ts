import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { Peer, Port } from "../../lib/cilium/model";
import { type FenceSpec, fenceManifests } from "../../lib/fence/fence";
import type { RawObject } from "../../lib/linkerd/api";
import { readTraffic } from "../../lib/traffic/read";
import { replay } from "../../lib/traffic/replay/replay";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { judge } from "./generated";
import { line, pod, recordings, trafficOf } from "./lines";

/** The arguments of a program's Fence, and its other resources, when it runs with stand-ins for Pulumi. */
function runProgram(source: string): { fence: FenceSpec; authorizations: RawObject[] } {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const made: { fence?: FenceSpec; authorizations: RawObject[] } = { authorizations: [] };
  const parts: Record<string, unknown> = {
    "@pulumi/pulumi": {
      Config: class {
        getSecret() {}
        require() {}
      },
    },
    "@pulumi/kubernetes": {
      Provider: class {},
      apiextensions: {
        CustomResource: class {
          constructor(_: string, object: RawObject) {
            made.authorizations.push(object);
          }
        },
      },
    },
    meshfence: {
      Peer,
      Port,
      Fence: class {
        constructor(_: string, spec: FenceSpec) {
          made.fence = spec;
        }
      },
    },
  };
  new Function("require", "exports", outputText)((name: string) => parts[name], {});
  assert.ok(made.fence);
  return { fence: made.fence, authorizations: made.authorizations };
}

for (const mode of ["transparent", "transport-header"]) {
  test(`${mode}: the generated program runs, and its Fence admits the whole recording`, async () => {
    const folder = path.join(recordings, mode);
    const files = ["phase-0.flows.jsonl.gz", "metrics"].map((name) => path.join(folder, name));
    const { stdout, status } = await meshfenceShared(
      ["learn", "--format", "typescript", ...files.flatMap((file) => ["--traffic", file])],
      { cwd: temporaryDirectory() },
    );
    assert.equal(status, 0);
    assert.match(stdout, /^\/\/ With this Fence, all \d+ edges that passed are allowed\.$/m);
    const { fence, authorizations } = runProgram(stdout);
    const report = replay(await readTraffic(files), {
      ...judge(),
      policies: fenceManifests(fence),
      authorization: { objects: authorizations },
    });
    assert.deepEqual(report.denied, []);
    assert.equal(authorizations.length > 3, mode === "transport-header");
  });
}

const [web, db, cron] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2"), pod("ops", "cron", "10.0.0.3")];
/** Admits web on 5432, and restricts no egress. */
const dbIngress = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db-ingress, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [{port: "5432", protocol: TCP}]}]
`;
const webEgress = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web-egress, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  egress:
  - toEndpoints: [{matchLabels: {app: db}}]
    toPorts: [{ports: [{port: "5432", protocol: TCP}]}]
`;

/** The learned program for the recording and some policies. */
async function programFor(policies: string, ...more: string[]): Promise<string> {
  const folder = temporaryDirectory();
  const flows = [
    line({ from: web, to: db, port: 5432 }),
    line({ from: web, to: db, port: 9187 }),
    line({ from: cron, to: db, port: 5432 }),
  ];
  writeFileSync(path.join(folder, "flows.jsonl"), flows.join("\n"));
  writeFileSync(path.join(folder, "policies.yaml"), policies);
  const { stdout, status } = await meshfenceShared(
    ["learn", "policies.yaml", "--traffic", "flows.jsonl", "--format", "typescript", ...more],
    { cwd: folder },
  );
  assert.equal(status, 0, stdout);
  return stdout;
}

const endName = (end: FenceSpec["edges"][number]["to" | "from"]) =>
  "kind" in end || "accounts" in end ? "peer" : `${end.namespace}/${end.name}`;
const edgesOf = ({ edges }: FenceSpec) =>
  edges.map(({ from, to, ports }) => `${endName(from)} -> ${endName(to)} ${ports.map(({ number }) => number).join()}`);

test("the program adds to existing policies, under names that none of them has", async () => {
  const program = await programFor(dbIngress);
  assert.match(program, /^\/\/ With this Fence and the existing policies, all 3 edges that passed are allowed\.$/m);
  assert.match(
    program,
    /^const shopDb2: Workload = \{ name: "db-2", namespace: "shop", endpoints: \{ matchLabels: \{ app: "db" \} \}/m,
    "objects are written as people write them",
  );
  const { fence } = runProgram(program);
  assert.deepEqual(edgesOf(fence), [
    "ops/cron -> shop/db-2 5432",
    "shop/web -> peer 5432",
    "shop/web -> shop/db-2 9187",
  ]);
  assert.deepEqual(
    fenceManifests(fence).map(({ metadata }) => metadata.name),
    ["cron-egress", "web-egress", "db-2-ingress"],
  );
  const { policies: given, ...rest } = judge(dbIngress);
  const traffic = await trafficOf({ "flows.jsonl": line({ from: web, to: db, port: 5432 }) });
  const { denied } = replay(traffic, { ...rest, policies: [...given, ...fenceManifests(fence)] });
  assert.deepEqual(denied, []);
  const observed = runProgram(await programFor(dbIngress, "--observe")).fence;
  for (const { spec } of fenceManifests(observed))
    assert.ok(Object.values(spec?.enableDefaultDeny ?? {}).includes(false), JSON.stringify(spec));
});

test("without anything to add, there is no program", async () => {
  const all = await programFor(dbIngress);
  const added = fenceManifests(runProgram(all).fence);
  const program = await programFor([dbIngress, ...added.map((one) => JSON.stringify(one))].join("\n---\n"));
  assert.match(
    program,
    /^\/\/ Nothing has to be added\.\n\/\/ With what exists, all 3 edges that passed are allowed\.\n/,
  );
  assert.doesNotMatch(program, /^[^/]/m);
  assert.deepEqual(edgesOf(runProgram(await programFor(`${dbIngress}---\n${webEgress}`)).fence), [
    "ops/cron -> shop/db-2 5432",
    "shop/web-2 -> shop/db-2 9187",
  ]);
});
