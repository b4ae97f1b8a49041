import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";

/**
 * Identifies this process as text, to distinguish what a killed process left from what a running one uses: the machine and its boot, the PID
 * namespace, the PID, and the process's start time. The machine's name is not recognizable in it.
 */
export function ownHolder(): string {
  return [machine(), processNamespace(), process.pid, beginOf(process.pid)].join("_");
}

/**
 * Whether the process that {@link ownHolder} identified has ended. Also false if this process cannot know: on another machine, or in another container.
 */
export function hasEnded(holder: string): boolean {
  const [where, namespace, pid, begin] = holder.split("_");
  if (where !== machine() || namespace !== processNamespace() || !/^\d+$/.test(pid ?? "")) return false;
  if (!isRunning(Number(pid))) return true;
  // Another process may have the PID by now.
  const now = beginOf(Number(pid));
  return now !== "0" && begin !== "0" && now !== begin;
}

/** Whether a process with this PID is running in this PID namespace. A zombie is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user cannot be signalled, but exists.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return fieldsOf(pid)[0] !== "Z";
}

/** A hash of the machine's boot id, which changes on reboot, when all processes have ended. Elsewhere than on Linux, of host name and MAC addresses. */
function machine(): string {
  const boot = read("/proc/sys/kernel/random/boot_id").trim();
  const cards = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ mac }) => mac));
  const known = boot === "" ? [hostname(), ...new Set(cards)].sort().join(" ") : boot;
  return createHash("sha256").update(known).digest("hex").slice(0, 16);
}

/** The number of this process's PID namespace; 0 if the system has none. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

/** The start time of a process in clock ticks since boot; 0 if it is not known. */
function beginOf(pid: number): string {
  return fieldsOf(pid)[19] ?? "0";
}

/** The fields of `/proc/PID/stat` from the state on, see proc(5). The name before it may contain parentheses. */
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
