import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { missingSdk } from "../../lib/kind/require-sdk";
import manifest from "../../package.json";

const root = path.join(__dirname, "../..");

test("meshfence loads neither what only its command needs nor what only kind needs", () => {
  const { packages } = loaded("meshfence");
  assert.ok(packages.includes("@pulumi/pulumi"), packages.join(", "));
  const library = ["@pulumi/kubernetes", "@pulumi/pulumi", "@pulumi/tls", "fastest-levenshtein", "yaml"];
  assert.deepEqual(
    packages.filter((name) => !library.includes(name)),
    [],
  );
});

test("meshfence/reachability loads no package at all, and not one module of Node's that reads or writes", () => {
  const { packages, builtins } = loaded("meshfence/reachability");
  assert.deepEqual(packages, []);
  assert.deepEqual(builtins, []);
});

test("meshfence/manifests loads no Pulumi, and starts no process", () => {
  const { packages, builtins } = loaded("meshfence/manifests");
  assert.deepEqual(
    packages.filter(
      (name) => !["@marcbachmann/cel-js", "fastest-levenshtein", "ignore", "re2js", "yaml"].includes(name),
    ),
    [],
  );
  assert.deepEqual(
    builtins.filter((name) => !["node:util", "node:net", "node:crypto"].includes(name)),
    [],
  );
});

test("whatever the library imports is a dependency, a peer, or Node's", () => {
  const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
  const undeclared = readdirSync(path.join(root, "dist"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .flatMap((file) =>
      [...read(path.join("dist", file)).matchAll(/(?<![.\w])(?:require|import)\("([^."][^"]*)"\)/g)].map(
        (match) => match[1] ?? "",
      ),
    )
    .map(packageOf)
    .filter((name) => !declared.includes(name) && !isBuiltin(name));
  assert.deepEqual(undeclared, []);
});

test("where @pulumi/kind is missing, meshfence/kind says how to get it, and the rest works", () => {
  const { error } = loaded("meshfence/kind", "@pulumi/kind");
  assert.match(
    error ?? "",
    /^meshfence\/kind needs @pulumi\/kind.* pulumi package add terraform-provider tehcyx\/kind /,
  );
  assert.equal(loaded("meshfence", "@pulumi/kind").error, undefined);
});

test("where @pulumi/kind was not compiled, meshfence/kind says what allows it", () => {
  const uncompiled = missingSdk((module) => {
    if (module !== "@pulumi/kind/package.json") throw new Error(`Cannot find module '${module}'`);
    return module;
  });
  assert.match(uncompiled ?? "", /not compiled.*allowScripts.*npm rebuild @pulumi\/kind/);
  assert.equal(
    missingSdk((module) => module),
    undefined,
  );
});

interface Loaded {
  packages: string[];
  builtins: string[];
  error?: string;
}

/** What a fresh process loads for an entry point, by the built library itself, not by what it loads in turn. */
function loaded(entry: string, missing = ""): Loaded {
  const script = `
    const Module = require("node:module");
    const seen = new Set();
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (request, parent, ...rest) {
      if (${JSON.stringify(missing)} !== "" && request.startsWith(${JSON.stringify(missing)}))
        throw Object.assign(new Error("Cannot find module '" + request + "'"), { code: "MODULE_NOT_FOUND" });
      if (parent?.filename?.startsWith(${JSON.stringify(path.join(root, "dist"))}) && !/^[./]/.test(request)) seen.add(request);
      return resolve.call(this, request, parent, ...rest);
    };
    let error;
    try { require(${JSON.stringify(entry)}); } catch (thrown) { error = thrown.message; }
    console.log(JSON.stringify({ seen: [...seen], error }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--eval", script], { cwd: root, encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  const { seen, error } = JSON.parse(stdout) as { seen: string[]; error?: string };
  const names = seen.map(packageOf);
  const [packages, builtins] = [names.filter((name) => !isBuiltin(name)).sort(), names.filter(isBuiltin)];
  return { packages, builtins, ...(error !== undefined && { error }) };
}

function packageOf(request: string): string {
  return request
    .split("/")
    .slice(0, request.startsWith("@") ? 2 : 1)
    .join("/");
}

function isBuiltin(name: string): boolean {
  return name.startsWith("node:") || builtinModules.includes(name);
}

function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}
