/**
 * How long a million recorded flows take, and how much memory. Run with `npm run bench`. Says whether the goal is met and fails nothing: this is
 * no test.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

const FLOWS = 1_000_000;
const GOAL = { seconds: 10, megabytes: 300 };
const root = path.join(__dirname, "..", "..");
const recording = path.join(root, "tests", "traffic", "recordings", "transparent", "phase-1.flows.jsonl.gz");

/** The recording over and over, each connection from another port and each line with a time of its own, as an exporter's packed file. */
function write(file: string): void {
  const lines = gunzipSync(readFileSync(recording)).toString().trim().split("\n");
  const start = Date.parse("2026-11-26T00:00:00Z");
  writeFileSync(file, "");
  for (let count = 0; count < FLOWS; ) {
    const block: string[] = [];
    for (; block.length < 20_000 && count < FLOWS; count++) {
      const time = new Date(start + count * 60).toISOString().replace("Z", `${String(count).padStart(6, "0")}Z`);
      const line = lines[count % lines.length] ?? "";
      block.push(
        line
          .replace(/("time":)"[^"]*"/g, `$1"${time}"`)
          .replace(/"source_port":(3|4|5|6)\d{4}/, `"source_port":${32_768 + (count % 28_000)}`),
      );
    }
    appendFileSync(file, gzipSync(`${block.join("\n")}\n`, { level: 1 }));
  }
}

function main(): void {
  const folder = mkdtempSync(path.join(tmpdir(), "meshfence-bench-"));
  try {
    const file = path.join(folder, "events.log.gz");
    write(file);
    const program = `
      const started = performance.now();
      require("./dist/traffic/read.js").readTraffic([${JSON.stringify(file)}]).then(({ flows, edges }) =>
        console.log(JSON.stringify({ flows, edges: edges.length, ms: performance.now() - started, kb: process.resourceUsage().maxRSS })));`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ["--eval", program], {
      cwd: root,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const { flows, edges, ms, kb }: { flows: number; edges: number; ms: number; kb: number } = JSON.parse(stdout);
    const met = ms < GOAL.seconds * 1000 && kb / 1000 < GOAL.megabytes ? "met" : "MISSED";
    process.stdout.write(
      `${`${flows.toLocaleString("en-US")} flows become ${edges} edges`.padEnd(48)} ${(ms / 1000).toFixed(1)} s, ${(kb / 1000).toFixed(0)} MB; the goal is under ${GOAL.seconds} s and ${GOAL.megabytes} MB: ${met}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main();
