import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";

/**
 * Which process made something, as text, so that what one left that was killed is told from what another one uses: the machine, since when that
 * runs, the namespace of processes, the number, and when the process began. Names nobody's computer.
 */
export function ownHolder(): string {
  return [machine(), processNamespace(), process.pid, beginOf(process.pid)].join("_");
}

/**
 * Whether the process that {@link ownHolder} named has ended. False also where this one cannot know: of another machine, or of another container.
 */
export function hasEnded(holder: string): boolean {
  const [where, namespace, pid, begin] = holder.split("_");
  if (where !== machine() || namespace !== processNamespace() || !/^\d+$/.test(pid ?? "")) return false;
  if (!isRunning(Number(pid))) return true;
  // The number may be another's by now.
  const now = beginOf(Number(pid));
  return now !== "0" && begin !== "0" && now !== begin;
}

/** Whether there is a process of this number in this namespace of processes. One that has ended and waits for its parent is none. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return fieldsOf(pid)[0] !== "Z";
}

/** Differs after the machine was started again, when all that ran has ended, and no one knows which machine it was. */
function machine(): string {
  const boot = read("/proc/sys/kernel/random/boot_id").trim();
  const cards = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ mac }) => mac));
  const known = boot === "" ? [hostname(), ...new Set(cards)].sort().join(" ") : boot;
  return createHash("sha256").update(known).digest("hex").slice(0, 16);
}

/** The number of the namespace of processes that this one is in; 0 where there is no such thing. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

/** In the system's own ticks since its start; 0 where that is not told. */
function beginOf(pid: number): string {
  return fieldsOf(pid)[19] ?? "0";
}

/** What Linux tells of a process, from its state on: see proc(5). The name before it may have parentheses itself. */
function fieldsOf(pid: number): string[] {
  return read(`/proc/${pid}/stat`).split(")").at(-1)?.trim().split(" ") ?? [];
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
