import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { whileInterruptible } from "./interrupt";

/** What a folder is for; it is part of its name. */
export type TemporaryFolderUse = "pr" | "render" | "helm";

export interface TemporaryFolder {
  folder: string;
  /** Removes it with everything in it. */
  remove(): void;
}

/** Ours, with the process that made it and the namespace in which that has its number. */
const named = /^meshfence-(?:pr|render|helm)-(\d+)\.(\d+)-\w+$/;

/**
 * Makes a folder for a while. It is gone when it is removed and when the process is interrupted; what a process leaves that was killed, the next call
 * in another collects.
 */
export function temporaryFolder(use: TemporaryFolderUse): TemporaryFolder {
  collectAbandoned();
  const folder = mkdtempSync(path.join(tmpdir(), `meshfence-${use}-${process.pid}.${processNamespace()}-`));
  const removeWhole = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  const done = whileInterruptible(removeWhole);
  return {
    folder,
    remove() {
      removeWhole();
      done();
    },
  };
}

let hasCollected = false;

/** Removes what processes that were killed left, once a process. */
function collectAbandoned(): void {
  if (hasCollected) return;
  hasCollected = true;
  for (const name of readdirSync(tmpdir())) {
    if (!isAbandoned(name)) continue;
    try {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Somebody else's: whoever may remove it does.
    }
  }
}

/** Whether the name is that of a folder of ours whose process has ended. */
export function isAbandoned(name: string): boolean {
  const [, pid, namespace] = named.exec(name) ?? [];
  // A folder for temporary files may be shared with a container, where numbers of processes mean others.
  if (pid === undefined || namespace !== processNamespace()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** The number of the namespace of processes that this one is in; 0 where there is no such thing. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}
