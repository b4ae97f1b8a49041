import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { hasEnded, ownHolder } from "./holder";
import { whileInterruptible } from "./interrupt";

/** What a folder is for; it is part of its name. */
export type TemporaryFolderUse = "pr" | "render" | "helm";

export interface TemporaryFolder {
  folder: string;
  /** Removes it with everything in it. */
  remove(): void;
}

/** Created by meshfence, with the process that did. */
const named = /^meshfence-(?:pr|render|helm)-(\w+)-\w+$/;

/**
 * Makes a folder for a while. It is gone when it is removed and when the process is interrupted; what a process leaves that was killed, the next call
 * in another collects.
 */
export function temporaryFolder(use: TemporaryFolderUse): TemporaryFolder {
  collectAbandoned();
  const prefix = path.join(tmpdir(), `meshfence-${use}-${ownHolder()}-`);
  let folder: string | undefined;
  const removeWhole = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  };
  // Before there is one: a signal that arrives in between would end the process and leave it.
  const done = whileInterruptible(removeWhole);
  folder = mkdtempSync(prefix);
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

/**
 * Whether the name is that of a folder of ours whose process has ended. A folder for temporary files may be shared with a container, whose
 * processes nobody here knows.
 */
export function isAbandoned(name: string): boolean {
  const [, holder] = named.exec(name) ?? [];
  return holder !== undefined && hasEnded(holder);
}
