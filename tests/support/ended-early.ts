import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { temporaryDirectory } from "../plan/fixture";

const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");

/** How a run ended, and what it said. */
export interface End {
  status: number | null;
  by: NodeJS.Signals | null;
  said: string;
}

export const posix = { skip: process.platform === "win32" ? "Windows has no signals" : false };
export const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
export const never = (): Promise<void> => new Promise(() => undefined);

/**
 * Runs the built `meshfence` in a process of its own, which gets a signal.
 *
 * @param when Resolves when it is to have it. Its signal says that the run is over, and that waiting is of no use.
 */
export async function endedEarly(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv },
  signal: NodeJS.Signals,
  when: (over: AbortSignal) => Promise<unknown>,
): Promise<End> {
  const child = spawn(process.execPath, [main, ...args], { ...options, env: { ...process.env, ...options.env } });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      said += chunk;
    });
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const closed = once(child, "close");
  const over = new AbortController();
  child.once("exit", () => over.abort());
  await Promise.race([when(over.signal), ended]);
  child.kill(signal);
  const [status, by] = await ended;
  // What it wrote last may still be in the pipe, which a child that was left would hold open.
  await Promise.race([closed, wait(1000, undefined, { ref: false })]);
  return { status, by, said };
}

/** @param over The statuses of a run that was over before the signal came */
export function assertEnded({ status, by, said }: End, signal: NodeJS.Signals, over: readonly number[], what: string) {
  assert.doesNotMatch(said, /\n {4}at /, `${what} printed a stack trace: ${said}`);
  const own = { SIGINT: 130, SIGTERM: 143 }[signal as string];
  assert.ok(by === signal || [...over, own].includes(status ?? -1), `${what}: ${status} ${by} ${said}`);
}

/** A folder with programs that do what these scripts say, for the PATH. */
export function programs(scripts: { readonly [name: string]: string }): string {
  const folder = temporaryDirectory();
  for (const [name, script] of Object.entries(scripts)) {
    const file = path.join(folder, name);
    writeFileSync(file, script.startsWith("#!") ? script : `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  return folder;
}

/** What is in a folder for temporary files but the cache that Node keeps of compiled modules, from Node 22 on. */
export const leftIn = (folder: string): string[] => readdirSync(folder).filter((name) => name !== "node-compile-cache");

/** The processes that have the words among their arguments, with their state and age. */
const running = (words: string): string[] =>
  execFileSync("ps", ["-eo", "pid,ppid,stat,etime,args"], { encoding: "utf8", maxBuffer: 2 ** 26 })
    .split("\n")
    .filter((line) => line.includes(words));

const isRunning = (words: string): boolean => running(words).length > 0;

export async function untilRunning(words: string, over: AbortSignal): Promise<void> {
  while (!over.aborted && !isRunning(words)) await wait(50);
}

/** Children of a process that was killed have a moment to end; half a minute, because the machine may be busy. What they wait for takes longer. */
export async function assertEndsSoon(words: string, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; isRunning(words) && Date.now() < end; ) await wait(50);
  assert.deepEqual(running(words), [], what);
}
