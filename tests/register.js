// Lets tests `require` TypeScript, by the loader that plans users' programs: it keeps what it made by content, so that a second run of the
// tests only reads it. `tsx` would start a process for every test file. Types are `npm run check`'s work. As in a plan, what few programs
// use of Pulumi's SDK is loaded when it is used.
require("./support/less-optimizing.js");

const asyncHooks = require("node:async_hooks");
const { existsSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const { enableCompileCache } = Module;
const root = path.join(__dirname, "..");
const cache = path.join(root, "node_modules", ".cache");

// Every room's process loads Pulumi, most of which is compiling it. Node 20 keeps no such cache.
enableCompileCache?.(path.join(cache, "meshfence-compiled"));

// Node's test runner follows every promise from start to end, to tell which test an uncaught error belongs to. Pulumi makes so many promises
// that this took a third of the components' tests. Without it a rejection that nobody handles still fails its file; its stack says where.
const { createHook } = asyncHooks;
asyncHooks.createHook = ({ init }) => {
  process.on("unhandledRejection", (error) => process.stderr.write(`${error?.stack ?? error}\n`));
  return createHook({
    init(id, type, ...rest) {
      if (type !== "PROMISE") init(id, type, ...rest);
    },
  });
};
require("node:test");
asyncHooks.createHook = createHook;

// What properties are tried with is chosen anew in each run, unless a seed is given.
if (process.env.MESHFENCE_SEED !== undefined)
  require("fast-check").configureGlobal({ seed: Number(process.env.MESHFENCE_SEED) });

// Tests import `lib`, and get what the build made of it, as users do: compiling it once more in each process would take longer than most
// tests. `npm test` builds first.
const built = (file) => path.join(root, "dist", `${path.relative(path.join(root, "lib"), file).slice(0, -3)}.js`);
const resolve = Module._resolveFilename;
Module._resolveFilename = (...request) => {
  const file = resolve(...request);
  const isLib = file.startsWith(path.join(root, "lib", path.sep)) && file.endsWith(".ts");
  return isLib && existsSync(built(file)) ? built(file) : file;
};

const { deferUnusedModules } = require("../dist/plan/deferred-modules.js");
const { enableTypeScript } = require("../dist/plan/typescript.js");

deferUnusedModules();
enableTypeScript(path.join(cache, "meshfence-tests"));
