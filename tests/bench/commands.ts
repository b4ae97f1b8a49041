/**
 * What a user waits for: `meshfence reach` and `meshfence diff` over the manifests of a generated cluster, from start to exit; and what the
 * sandbox's own matrix adds to `meshfence plan`.
 *
 * Run with `npm run bench`. Says which goal is missed and fails nothing: this is no test.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import type { EndpointFacts } from "../../lib/reachability";
import { cluster } from "./cluster";

const SIZE = 1000;
/** Milliseconds that the sandbox's matrix may take. */
const GOAL = 20;
const root = path.join(__dirname, "..", "..");
const cli = ["dist/cli/main.js"];

/** The manifests that say the same as a generated scenario; without every `without`th policy. */
function manifests(folder: string, without?: number): string {
  const { scenario, policies } = cluster(SIZE);
  const { namespaces = [], endpoints } = scenario;
  const kept = policies.filter((_, index) => without === undefined || index % without !== 0);
  const named = namespaces.map((metadata) => ({ apiVersion: "v1", kind: "Namespace", metadata }));
  mkdirSync(folder);
  for (const [file, objects] of Object.entries({ named, workloads: endpoints.map(deployment), policies: kept })) {
    writeFileSync(path.join(folder, `${file}.yaml`), objects.map((object) => stringify(object)).join("---\n"));
  }
  return folder;
}

function deployment({ id, namespace, labels, serviceAccount, ports = [] }: EndpointFacts): object {
  const container = {
    name: "main",
    image: "main",
    ports: ports.map(({ name, port, protocol = "TCP" }) => ({ name, containerPort: port, protocol })),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: id, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { serviceAccountName: serviceAccount, containers: [container] } },
    },
  };
}

/** What a process writes to file descriptor 3 when `preload` is required before everything else. */
function measured(preload: string, args: readonly string[]): string {
  const stdio = ["ignore", "ignore", "pipe", "pipe"] as const;
  const command = ["--require", path.join(__dirname, preload), ...args];
  const { status, output } = spawnSync(process.execPath, command, { cwd: root, stdio: [...stdio] });
  if (status !== 0) throw new Error(`node ${args.join(" ")} failed:\n${output[2]}`);
  return String(output[3]);
}

/** Processor time from start to exit and the peak of memory: the least of some runs, since what else the machine does only ever adds to it. */
function costOf(args: readonly string[], runs = 3): { cpu: number; memory: number } {
  const costs = Array.from({ length: runs }, () => {
    const cost: { cpu: number; memory: number } = JSON.parse(measured("cost-at-exit.js", [...cli, ...args]));
    return cost;
  });
  return { cpu: Math.min(...costs.map(({ cpu }) => cpu)), memory: Math.min(...costs.map(({ memory }) => memory)) };
}

/** What the sandbox's matrix adds to `plan`: the median of some runs. */
function matrixInPlan(runs = 15): { wall: number; cpu: number } {
  const times = Array.from({ length: runs }, () => {
    const spent: { wall: number; cpu: number } = JSON.parse(measured("matrix-in-plan.js", [...cli, "plan"]));
    return spent;
  });
  const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN;
  return { wall: median(times.map(({ wall }) => wall)), cpu: median(times.map(({ cpu }) => cpu)) };
}

function reportCommand(what: string, args: readonly string[]): void {
  const { cpu, memory } = costOf(args);
  process.stdout.write(
    `${what.padEnd(48)} ${cpu.toFixed(0).padStart(6)} ms of processor time, ${memory.toFixed(0)} MB\n`,
  );
}

function reportMatrix(): void {
  const { wall, cpu } = matrixInPlan();
  const verdict = wall < GOAL ? "met" : "MISSED";
  process.stdout.write(
    `${"the sandbox's matrix within plan".padEnd(48)} ${wall.toFixed(0).padStart(6)} ms, ${cpu.toFixed(0)} ms of processor time; the goal is under ${GOAL}: ${verdict}\n`,
  );
}

function main(): void {
  const folder = mkdtempSync(path.join(tmpdir(), "meshfence-bench-"));
  const of = (state: string) => path.join(folder, state);
  try {
    manifests(of("all"));
    manifests(of("most"), 40);
    manifests(of("none"), 1);
    reportCommand(`reach, ${SIZE} workloads, ${SIZE} policies, 3 ports`, ["reach", of("all")]);
    reportCommand("diff, every 40th policy gone", ["diff", of("all"), of("most")]);
    reportCommand("diff, every policy gone, as Markdown", ["diff", of("all"), of("none"), "--format", "markdown"]);
    reportMatrix();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main();
