/**
 * The full matrix of generated clusters: all pairs of 100, 300, 1,000 and 3,000 workloads under as many policies, on three ports. Time and
 * memory, how they grow, and against Cilium's own engine where it is built (tests/oracle/run builds it).
 *
 * Run with `npm run bench`, or after a build with sizes: `node --require tsx/cjs tests/bench/reach.ts 100 1000`. Each size runs in a process of its
 * own, so that memory is that size's. Says which goal is missed and fails nothing: this is no test.
 */
import { spawnSync } from "node:child_process";
import type * as Reachability from "../../lib/reachability";
import { Oracle, oracleIsBuilt } from "../oracle/oracle";
import { cluster, PORTS } from "./cluster";

interface Measured {
  size: number;
  /** On the clock. */
  millis: number;
  /** Of all threads on the processors: what does not depend on what else the machine does. */
  cpu: number;
  megabytes: number;
  allowed: number;
  cells: number;
}

const SIZES = [100, 300, 1000, 3000];
/** The oracle's own matrix of three thousand workloads takes minutes. */
const LARGEST_ORACLE = 1000;
/** Processor time throughout. */
const GOAL = { size: 1000, millis: 2000, megabytes: 500, ratio: 10 };

function measure(size: number): Measured {
  // What users run, by the package's own name: tsx marks every function with its name, which costs as much as the work itself.
  const { compile } = require("meshfence/reachability") as typeof Reachability;
  const { scenario, policies } = cluster(size);
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  const matrix = compile(policies, scenario).matrix(PORTS);
  const { user, system } = process.cpuUsage(before);
  return {
    size,
    millis: Number(process.hrtime.bigint() - start) / 1e6,
    cpu: (user + system) / 1000,
    megabytes: process.resourceUsage().maxRSS / 1024,
    allowed: matrix.allowedCount,
    cells: size * (size - 1) * PORTS.length,
  };
}

/** The quickest of three runs, each in a process of its own. */
function measureApart(size: number): Measured {
  const runs = [1, 2, 3].map(() => {
    const child = spawnSync(process.execPath, ["--require", "tsx/cjs", __filename, "--measure", String(size)], {
      encoding: "utf8",
    });
    if (child.status !== 0) throw new Error(child.stderr);
    return JSON.parse(child.stdout) as Measured;
  });
  return runs.reduce((best, run) => (run.cpu < best.cpu ? run : best));
}

async function main(sizes: readonly number[]): Promise<void> {
  const failures: string[] = [];
  const oracle = oracleIsBuilt() ? new Oracle() : undefined;
  print(["workloads", "cells", "allowed", "ms", "CPU ms", "CPU ns/cell", "MB", "oracle ms", "CPU ms", "times"]);
  let before: Measured | undefined;
  for (const size of sizes) {
    const measured = measureApart(size);
    const { millis, cpu, megabytes, allowed, cells } = measured;
    const answer =
      oracle !== undefined && size <= LARGEST_ORACLE ? await oracle.ask(cluster(size), { summary: true }) : undefined;
    const ratio = answer?.cpu === undefined ? undefined : answer.cpu / cpu;
    const theirs = [answer?.millis?.toFixed(0) ?? "-", answer?.cpu?.toFixed(0) ?? "-", ratio?.toFixed(1) ?? "-"];
    print([
      size,
      cells,
      allowed,
      millis.toFixed(0),
      cpu.toFixed(0),
      ((cpu * 1e6) / cells).toFixed(0),
      megabytes.toFixed(0),
      ...theirs,
    ]);
    // A missed goal is only said, but a wrong answer has no speed.
    if (answer !== undefined && answer.allowed !== allowed) {
      failures.push(`${size} workloads: ${allowed} cells allowed, the oracle says ${answer.allowed}`);
      process.exitCode = 1;
    }
    if (size === GOAL.size) {
      if (cpu > GOAL.millis) failures.push(`${size} workloads: ${cpu.toFixed(0)} ms, the goal is ${GOAL.millis}`);
      if (megabytes > GOAL.megabytes)
        failures.push(`${size} workloads: ${megabytes.toFixed(0)} MB, the goal is ${GOAL.megabytes}`);
      if (ratio !== undefined && ratio < GOAL.ratio)
        failures.push(`${size} workloads: ${ratio.toFixed(1)} times the oracle's speed, the goal is ${GOAL.ratio}`);
    }
    // No worse than the answer grows.
    if (before !== undefined && cpu / cells > (1.2 * before.cpu) / before.cells)
      failures.push(`${before.size} to ${size} workloads: slower per cell`);
    before = measured;
  }
  oracle?.close();
  if (oracle === undefined)
    process.stdout.write("the oracle is not built (tests/oracle/run), so nothing is compared with it\n");
  for (const failure of failures) process.stdout.write(`MISSED ${failure}\n`);
  if (failures.length === 0 && sizes.includes(GOAL.size))
    process.stdout.write(
      `every goal met: ${GOAL.size} workloads under ${GOAL.millis} ms of processor time and ${GOAL.megabytes} MB\n`,
    );
}

function print(columns: readonly (string | number)[]): void {
  process.stdout.write(`${columns.map((column) => String(column).padStart(12)).join("")}\n`);
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--measure") process.stdout.write(JSON.stringify(measure(Number(rest[0]))));
else void main(first === undefined ? SIZES : [first, ...rest].map(Number));
