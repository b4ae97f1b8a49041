// Runs every tests/**/*.test.ts on node's own test runner, after a build; with --checks every *.check.ts, which are too slow to run on each
// change. Loading Pulumi takes longer than most files' tests, so the files of a folder share a process, which an entry file made here
// starts. `node --test` learned globs after Node 20, so the files are listed here.
const { spawnSync } = require("node:child_process");
const { mkdirSync, readdirSync, rmSync, writeFileSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const path = require("node:path");

const given = process.argv.slice(2);
const suffix = given.includes("--checks") ? ".check.ts" : ".test.ts";
const wanted = given.filter((argument) => argument !== "--checks");
const files = readdirSync(__dirname, { recursive: true })
  .filter((file) => file.endsWith(suffix))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no test file matches ${wanted.join(", ")}\n`);
  process.exit(1);
}

const entries = path.join(__dirname, "..", "node_modules", ".cache", "meshfence-tests", `entries-${process.pid}`);
mkdirSync(entries, { recursive: true });
const folders = [...new Set(files.map((file) => path.dirname(file)))];
const suites = folders.map((folder) => {
  const required = files.filter((file) => path.dirname(file) === folder).map((file) => path.join(__dirname, file));
  const entry = path.join(entries, `${folder.replaceAll(path.sep, "-")}.js`);
  writeFileSync(entry, required.map((file) => `require(${JSON.stringify(file)});\n`).join(""));
  return entry;
});
const runner = ["--require", path.join(__dirname, "register.js"), "--test"];
// Node would leave one core to itself: of two, half.
const parallel = `--test-concurrency=${availableParallelism()}`;
const { status } = spawnSync(process.execPath, [...runner, parallel, ...suites], { stdio: "inherit" });
rmSync(entries, { recursive: true });
process.exit(status ?? 1);
