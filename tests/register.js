// Lets tests `require` TypeScript, by the loader that plans users' programs: it keeps what it made by content, so that a second run of the
// tests only reads it. `tsx` would start a process for every test file. Types are `npm run check`'s work.
const path = require("node:path");
const { enableTypeScript } = require("../dist/plan/typescript.js");

enableTypeScript(path.join(__dirname, "..", "node_modules", ".cache", "meshfence-tests"));
