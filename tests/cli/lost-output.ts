import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, existsSync, openSync, read, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { diffFormats } from "../../lib/cli/commands/diff";
import { explainFormats } from "../../lib/cli/commands/explain";
import { learnFormats } from "../../lib/cli/commands/learn";
import { lintFormats } from "../../lib/cli/commands/lint";
import { planFormats } from "../../lib/cli/commands/plan";
import { reachFormats } from "../../lib/cli/commands/reach";
import { replayFormats } from "../../lib/cli/commands/replay";
import { rolloutFormats } from "../../lib/cli/commands/rollout";
import { imageFormats } from "../../lib/cli/options/images";
import { verifyFormats } from "../../lib/cli/proof/options";
import { project, temporaryDirectory } from "../plan/fixture";
import { repository } from "../pull-request/repository";
import { recordings } from "../traffic/lines";
import { Killed } from "../verify/killed";

const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
const fixtures = path.join(__dirname, "fixtures");

/** A command whose output the test loses. */
export interface Asked {
  name: string;
  args: readonly string[];
  cwd?: string;
  formats?: readonly string[];
}

/** Every command that prints an answer, except `up` and `down`, which need a stack and so Pulumi. */
export async function everyCommand(): Promise<{ commands: Asked[]; close: () => Promise<void> }> {
  const before = path.join(fixtures, "before");
  const after = path.join(fixtures, "after");
  const traffic = ["--traffic", path.join(recordings, "transparent", "phase-0.flows.jsonl.gz")];
  const program = project({ "index.ts": "export const x = 1;" });
  const { killed, server } = await Killed.start();
  const commands: Asked[] = [
    { name: "--version", args: ["--version"] },
    { name: "--help", args: ["--help"] },
    { name: "help", args: ["help", "reach"] },
    { name: "completion", args: ["completion", "bash"] },
    { name: "start", args: ["start"] },
    { name: "plan", args: ["plan"], cwd: program, formats: planFormats },
    {
      name: "images",
      args: ["images", "--program", path.join(__dirname, "..", "plan", "fixtures", "sandbox")],
      formats: imageFormats,
    },
    { name: "reach", args: ["reach", before], formats: reachFormats },
    { name: "diff", args: ["diff", before, after, "--fail-on", "opened"], formats: diffFormats },
    { name: "explain", args: ["explain", "shop/web", "shop/db", "5432", before], formats: explainFormats },
    { name: "lint", args: ["lint", before], formats: lintFormats },
    {
      name: "pr",
      args: ["pr", "--program", "shop", "--base", "HEAD~1"],
      cwd: repository({ ports: [80] }, { ports: [80, 90] }),
    },
    { name: "replay", args: ["replay", before, ...traffic], formats: replayFormats },
    { name: "learn", args: ["learn", ...traffic], formats: learnFormats },
    { name: "rollout", args: ["rollout", before, ...traffic], formats: rolloutFormats },
    { name: "view", args: ["view", before] },
    { name: "mcp", args: ["mcp", before] },
    { name: "verify", args: ["verify", ...killed.options], formats: verifyFormats },
    { name: "verify --watch", args: ["verify", ...killed.options, "--watch"] },
    { name: "verify --dry-run", args: ["verify", ...killed.options, "--dry-run"] },
  ];
  return { commands, close: () => server.close() };
}

/** Every command in all of its formats, or only in the first one. */
export const inFormats = (commands: readonly Asked[], all: boolean): Asked[] =>
  commands.flatMap((one) => {
    const formats = one.formats?.slice(0, all ? undefined : 1);
    if (formats === undefined) return [one];
    return formats.map((format) => ({
      ...one,
      name: `${one.name} as ${format}`,
      args: [...one.args, "--format", format],
    }));
  });

/** A command's exit status and its standard error. */
export interface Ended {
  status: number | null;
  said: string;
}

/** Asserts that the command reported its lost output in one line, and exited with a status that no gate takes for an answer. */
function assertLost({ name }: Asked, { status, said }: Ended, why: RegExp): void {
  assert.equal(status, 2, `${name}: ${said}`);
  assert.match(said, why, name);
  assert.equal(said.match(/the output could not be written/g)?.length, 1, `${name}: ${said}`);
  assert.doesNotMatch(said, /\n {4}at /, name);
}

/** Runs all commands, two at a time, and asserts that each reports its lost output. */
export async function assertAllLost(
  commands: readonly Asked[],
  run: (one: Asked) => Promise<Ended>,
  why = /it was closed before all of it was written/,
): Promise<void> {
  const queue = [...commands];
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) assertLost(one, await run(one), why);
  };
  await Promise.all([work(), work()]);
}

/** Runs a command whose output goes to a full disk. */
export const intoFull = (asked: Asked): Promise<Ended> => into(openSync("/dev/full", "w"), asked);
export const full = { skip: existsSync("/dev/full") ? false : "this system has no device that is always full" };
export const isFull = /no space is left on the device/;

async function into(output: number, { args, cwd }: Asked): Promise<Ended> {
  // Keep the input open, as a client of `mcp` does that only closed its reading end.
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ["pipe", output, "pipe"], timeout: 120_000 });
  closeSync(output);
  let said = "";
  child.stderr?.on("data", (data) => {
    said += data;
  });
  child.stdin?.on("error", () => undefined);
  if (args[0] === "mcp") child.stdin?.write(`${JSON.stringify(initialize)}\n`);
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, said };
}

const initialize = {
  ...{ jsonrpc: "2.0", id: 1, method: "initialize" },
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};

/** The two ends of a pipe as a shell creates it; Node's own pipes buffer more. */
function pipe(): { readEnd: number; writeEnd: number } {
  const file = path.join(temporaryDirectory(), "pipe");
  execFileSync("mkfifo", [file]);
  const readEnd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(file, "w");
  unlinkSync(file);
  return { readEnd, writeEnd };
}

/** Runs a command whose reader has gone before it starts. */
export function closedAtOnce(asked: Asked): Promise<Ended> {
  const { readEnd, writeEnd } = pipe();
  closeSync(readEnd);
  return into(writeEnd, asked);
}

/** Runs a command whose reader leaves after some bytes. The answer must be longer than these plus a pipe's buffer. */
export async function closedAfter(bytes: number, asked: Asked): Promise<Ended> {
  const { readEnd, writeEnd } = pipe();
  const ended = into(writeEnd, asked);
  let left = bytes;
  while (left > 0) left -= await readSome(readEnd, left);
  closeSync(readEnd);
  return ended;
}

async function readSome(file: number, most: number): Promise<number> {
  try {
    const { bytesRead } = await promisify(read)(file, Buffer.alloc(most), 0, most, null);
    if (bytesRead === 0) throw new Error("the answer is shorter than what was to be read of it");
    return bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return 0;
  }
}

/** Manifests whose answers are longer than any pipe's buffer. */
export function muchToSay(): string {
  const file = path.join(temporaryDirectory(), "much.json");
  const items = Array.from({ length: 60 }, (_, index) => [
    {
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: { name: `p${index}`, namespace: "shop", labels: { app: `p${index}` } },
      spec: { containers: [{ name: "a", image: "a", ports: [{ containerPort: 8000 + index }] }] },
    },
    {
      ...{ apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy" },
      metadata: { name: `p${index}`, namespace: "shop" },
      spec: {
        endpointSelector: { matchLabels: { app: `p${index}` } },
        ingress: [
          {
            fromEndpoints: [{ matchLabels: { app: "nobody" } }],
            toPorts: [{ ports: [{ port: String(8000 + index) }] }],
          },
        ],
      },
    },
  ]);
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: items.flat() }));
  return file;
}
