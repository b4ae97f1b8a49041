// How long `meshfence plan` of the sandbox takes, as a multiple of loading Pulumi's SDK, which every Pulumi program has to do. The two
// take turns, so that what else the machine does hits both; the medians are compared. A missed goal is said, and fails nothing: this is no test.
const { spawnSync } = require("node:child_process");
const path = require("node:path");

const goal = 1.5;
const rounds = Number(process.argv[2] ?? 9);
const root = path.join(__dirname, "..", "..");
const contenders = {
  "require('@pulumi/pulumi')": ["-e", "require('@pulumi/pulumi')"],
  "meshfence plan": ["dist/cli/main.js", "plan", "--format", "json"],
};

function milliseconds(args) {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} failed:\n${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
// The first round fills caches and the page cache, as the first run after an install does; it is not counted.
for (let round = -1; round < rounds; round++) {
  for (const [name, args] of Object.entries(contenders)) {
    const time = milliseconds(args);
    if (round >= 0) times[name].push(time);
  }
}
const medians = Object.values(times).map(median);
for (const [name, values] of Object.entries(times)) {
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)].map(Math.round);
  process.stdout.write(`${name.padEnd(28)} median ${middle} ms (${least} to ${most}, ${rounds} runs)\n`);
}
const ratio = medians[1] / medians[0];
process.stdout.write(
  `plan is ${ratio.toFixed(2)} times loading the SDK; the goal is under ${goal}: ${ratio < goal ? "met" : "MISSED"} (Node ${process.version})\n`,
);
