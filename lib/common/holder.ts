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
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  // The number may be another's by now.
  const now = beginOf(Number(pid));
  return now !== "0" && begin !== "0" && now !== begin;
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
  // The name of the program stands in parentheses and may have some itself.
  const fields = read(`/proc/${pid}/stat`).split(")").at(-1)?.trim().split(" ") ?? [];
  return fields[19] ?? "0";
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
