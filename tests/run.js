// Runs every tests/**/*.test.ts on node's own test runner. `node --test` learned globs after Node 20, so the files are listed here.
const { spawnSync } = require("node:child_process");
const { readdirSync } = require("node:fs");
const path = require("node:path");

const wanted = process.argv.slice(2);
const files = readdirSync(__dirname, { recursive: true })
  .filter((file) => file.endsWith(".test.ts"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .map((file) => path.join(__dirname, file))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no test file matches ${wanted.join(", ")}\n`);
  process.exit(1);
}
const { status } = spawnSync(process.execPath, ["--require", "tsx/cjs", "--test", ...files], { stdio: "inherit" });
process.exit(status ?? 1);
