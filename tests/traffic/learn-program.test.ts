import assert from "node:assert/strict";
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
import { recordings } from "./lines";

/** What a program hands to its Fence and makes beside it, when it runs with stand-ins for Pulumi. */
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
  test(`${mode}: the program that is written runs, and its Fence admits all of the recording`, async () => {
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
