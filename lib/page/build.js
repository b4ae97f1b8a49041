// Bundles the page into dist/page: one self-contained file each for its script, worker and styles. `npm run build` calls it.
const { mkdirSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { build } = require("esbuild");

const root = path.join(__dirname, "..", "..");
const shim = (name) => path.join(__dirname, "shims", `${name}.ts`);

const shared = {
  bundle: true,
  write: false,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox120", "safari17.5"],
  charset: "ascii",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { "process.env.NODE_ENV": '"production"' },
  // The pure engine uses only these two modules of Node. The third is imported along, but never used in a page.
  alias: {
    "node:util": shim("util"),
    "node:net": shim("net"),
    "node:child_process": shim("nothing"),
  },
  logLevel: "warning",
};

async function main() {
  const out = path.join(root, "dist", "page");
  mkdirSync(out, { recursive: true });
  for (const [file, entry] of [
    ["page.js", "main.tsx"],
    ["worker.js", "worker.ts"],
    ["page.css", "styles/page.css"],
  ]) {
    const { outputFiles } = await build({ ...shared, entryPoints: [path.join(__dirname, entry)] });
    writeFileSync(path.join(out, file), outputFiles[0].contents);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
