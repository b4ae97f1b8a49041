import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

const built = (...names: string[]) => JSON.stringify(path.join(__dirname, "..", "..", "dist", ...names));

test("connecting to a cluster prints no deprecation warning of a library", () => {
  // As in `up`, which defers Pulumi's modules: then Node also warns of what packages load.
  const script = `
    require(${built("plan", "deferred-modules.js")}).deferUnusedModules();
    require(${built("cluster", "client", "library.js")})
      .loadLibrary()
      .then(() => process.emitWarning("ours", "DeprecationWarning"));`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /DeprecationWarning: ours/);
  assert.doesNotMatch(stderr, /punycode/);
});
