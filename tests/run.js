// Runs every tests/**/*.test.ts on node's own test runner, after a build; `node tests/run.js lint kind/` those whose names have one of the
// parts. Loading the code takes longer than most files' tests, so the files of a folder of `lib` share a process, which an entry file made
// here starts; all folders with few files and those whose tests are quick and pure share one. Components have one process a folder,
// because Pulumi's mocks belong to the process. `node --test` learned globs after Node 20, so the files are listed here. With `--check`,
// `npm run check:code` runs beside the tests. With `--slow`, the files are every *.check.ts instead: tests that take too long to run on each
// change.
const { spawn } = require("node:child_process");
const { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const path = require("node:path");

const root = path.join(__dirname, "..");
const suffix = process.argv.includes("--slow") ? ".check.ts" : ".test.ts";
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const files = readdirSync(__dirname, { recursive: true })
  .filter((file) => file.endsWith(suffix))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no test file matches ${wanted.join(", ")}\n`);
  process.exit(1);
}

const quick = new Set(["cilium", "cluster", "common", "docs", "linkerd", "lint", "manifests", "report"]);
const folderOf = (file) => (file.startsWith("components") ? path.dirname(file) : file.split(path.sep)[0]);
const isSmall = (file) => files.filter((other) => folderOf(other) === folderOf(file)).length < 3;
const suiteOf = (file) => {
  if (suffix === ".check.ts") return path.dirname(file);
  return isSmall(file) || quick.has(folderOf(file)) ? "quick" : folderOf(file);
};
const suites = new Map();
for (const file of files) suites.set(suiteOf(file), [...(suites.get(suiteOf(file)) ?? []), file]);
const bytesOf = (suite) => suites.get(suite).reduce((sum, file) => sum + statSync(path.join(__dirname, file)).size, 0);

// The largest start first, so that none is left alone at the end. Node sorts what it is given by name.
const entries = path.join(root, "node_modules", ".cache", "meshfence-tests", `entries-${process.pid}`);
mkdirSync(entries, { recursive: true });
const entryFiles = [...suites.keys()]
  .sort((one, other) => bytesOf(other) - bytesOf(one))
  .map((suite, index) => {
    const entry = path.join(entries, `${String(index).padStart(2, "0")}-${suite.replaceAll(path.sep, "-")}.js`);
    const required = suites.get(suite).map((file) => `require(${JSON.stringify(path.join(__dirname, file))});\n`);
    writeFileSync(entry, required.join(""));
    return entry;
  });
const runner = ["--require", path.join(__dirname, "register.js"), "--test"];
// Many tests wait for a child process or a timer: one process more than there are cores keeps all cores busy. Slow ones are often about time.
const parallel = `--test-concurrency=${availableParallelism() + (suffix === ".check.ts" ? 0 : 1)}`;

/** Runs a command and gives its exit status; what it says is kept back until it has ended where `quiet` is set. */
function run(command, args, quiet) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => said.push(data));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? 1, said: Buffer.concat(said) }));
  });
}

async function main() {
  const check = process.argv.includes("--check") ? run("npm", ["run", "check:code"], true) : undefined;
  const { status } = await run(process.execPath, [...runner, parallel, ...entryFiles], false);
  rmSync(entries, { recursive: true });
  const checked = await check;
  if (checked !== undefined) process.stdout.write(checked.said);
  process.exitCode = status || (checked?.status ?? 0);
}

void main();
