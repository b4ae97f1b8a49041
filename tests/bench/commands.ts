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
/** Milliseconds of processor time. */
const GOALS = { reach: 4000, sandbox: 20 };
const root = path.join(__dirname, "..", "..");

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

/** Processor time from start to exit: the least of some runs, since what else the machine does only ever adds to it. */
function cpuOf(args: readonly string[], runs = 3): number {
  const times = Array.from({ length: runs }, () => {
    const measured = ["--require", path.join(__dirname, "cpu-at-exit.js"), ...args];
    const stdio = ["ignore", "ignore", "pipe", "pipe"] as const;
    const { status, output } = spawnSync(process.execPath, measured, { cwd: root, stdio: [...stdio] });
    if (status !== 0) throw new Error(`node ${args.join(" ")} failed:\n${output[2]}`);
    return Number(output[3]);
  });
  return Math.min(...times);
}

/** The sandbox's matrix as `plan` makes it, in processes of their own: the least of some. */
function sandboxMatrix(runs = 9): number {
  const times = Array.from({ length: runs }, () => {
    const script = path.join(__dirname, "sandbox-matrix.js");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: root, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return Number(stdout);
  });
  return Math.min(...times);
}

function report(what: string, millis: number, goal?: number): void {
  const verdict = goal === undefined ? "" : `; the goal is under ${goal}: ${millis < goal ? "met" : "MISSED"}`;
  process.stdout.write(`${what.padEnd(44)} ${millis.toFixed(0).padStart(6)} ms of processor time${verdict}\n`);
}

function main(): void {
  const folder = mkdtempSync(path.join(tmpdir(), "meshfence-bench-"));
  try {
    const before = manifests(path.join(folder, "before"));
    const after = manifests(path.join(folder, "after"), 40);
    const cli = ["dist/cli/main.js"];
    report(`reach, ${SIZE} workloads, ${SIZE} policies, 3 ports`, cpuOf([...cli, "reach", before]), GOALS.reach);
    report("diff of two such folders", cpuOf([...cli, "diff", before, after]));
    report("the sandbox's matrix within plan", sandboxMatrix(), GOALS.sandbox);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main();
