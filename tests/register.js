// Lets tests `require` TypeScript, by the loader that plans users' programs: it keeps what it made by content, so that a second run of the
// tests only reads it. `tsx` would start a process for every test file. Types are `npm run check`'s work. As in a plan, what few programs
// use of Pulumi's SDK is loaded when it is used.
const { enableCompileCache } = require("node:module");
const path = require("node:path");

const cache = path.join(__dirname, "..", "node_modules", ".cache");
// Every room's process loads Pulumi, most of which is compiling it. Node 20 keeps no such cache.
enableCompileCache?.(path.join(cache, "meshfence-compiled"));

const { deferUnusedModules } = require("../dist/plan/deferred-modules.js");
const { enableTypeScript } = require("../dist/plan/typescript.js");

deferUnusedModules();
enableTypeScript(path.join(cache, "meshfence-tests"));
