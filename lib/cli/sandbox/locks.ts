import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { hasEnded, isRunning, ownHolder } from "../../common/holder";
import type { Target } from "./target";

type Updated = Pick<Target, "project" | "stack" | "state">;

/**
 * Records in meshfence's own state folder that this process updates the stack. If it is killed, its lock can then be distinguished from one in use.
 *
 * @returns A function to call at the end of the update; with true if the stack was free. Then the records of earlier updates go, too, and so does
 * the lock of a Pulumi process that had no chance to remove it: one that was killed, or interrupted before it listened for signals.
 */
export function markUpdate(target: Updated): (wasFree: boolean) => void {
  const folder = markFolder(target);
  if (folder === undefined) return () => undefined;
  const mark = path.join(folder, ownHolder());
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(mark, "");
  return (wasFree) => {
    rmSync(mark, { force: true });
    if (!wasFree) return;
    for (const name of namesIn(folder).filter(hasEnded)) rmSync(path.join(folder, name), { force: true });
    if (namesIn(folder).length === 0) removeIfAbandoned(locksOf(target));
  };
}

/**
 * Removes the stack's locks if all of them belong to Pulumi processes on this machine that have ended, as have the updates of meshfence that
 * started them. In a backend of the user's own, meshfence cannot know that.
 *
 * @returns Whether the stack is free now.
 */
export function removeAbandonedLocks(target: Updated): boolean {
  const folder = markFolder(target);
  if (folder === undefined) return false;
  const marks = namesIn(folder).filter((name) => name !== ownHolder());
  if (marks.length === 0 || !marks.every(hasEnded)) return false;
  if (!removeIfAbandoned(locksOf(target))) return false;
  for (const name of marks) rmSync(path.join(folder, name), { force: true });
  return true;
}

function markFolder({ project, stack, state }: Updated): string | undefined {
  return state.directory && path.join(state.directory, "updates", project.name, stack);
}

/** The lock files of a stack in meshfence's own state folder. */
function locksOf({ project, stack, state }: Updated): string[] {
  if (state.directory === undefined) return [];
  const folder = path.join(state.directory, "state", ".pulumi", "locks", "organization", project.name, stack);
  return namesIn(folder).map((name) => path.join(folder, name));
}

/** @returns Whether all of them were abandoned, and are gone now. */
function removeIfAbandoned(locks: readonly string[]): boolean {
  if (!locks.every(isAbandoned)) return false;
  for (const lock of locks) rmSync(lock, { force: true });
  return true;
}

/** Whether the process that wrote this lock file of Pulumi has ended on this machine. */
function isAbandoned(lock: string): boolean {
  try {
    const { pid, hostname: host } = JSON.parse(readFileSync(lock, "utf8")) as { pid?: unknown; hostname?: unknown };
    return typeof pid === "number" && host === hostname() && !isRunning(pid);
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
