import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { hasEnded, ownHolder } from "./holder";
import { whileInterruptible } from "./interrupt";

/** The purpose of a folder, which is part of its name. */
export type TemporaryFolderUse = "pr" | "render" | "helm";

export interface TemporaryFolder {
  folder: string;
  /** Removes it with everything in it. */
  remove(): void;
}

/** The name of a folder of ours, with the process that created it. */
const named = /^meshfence-(?:pr|render|helm)-(\w+)-\w+$/;

/**
 * Creates a temporary folder, which is also removed if the process is interrupted. If the process is killed, the next one that creates a folder removes
 * it.
 */
export function temporaryFolder(use: TemporaryFolderUse): TemporaryFolder {
  collectAbandoned();
  const prefix = path.join(tmpdir(), `meshfence-${use}-${ownHolder()}-`);
  let folder: string | undefined;
  const removeWhole = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  };
  // Registered before the folder exists, because a signal in between would leave it behind.
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

/** Removes the folders of killed processes, once per process. */
function collectAbandoned(): void {
  if (hasCollected) return;
  hasCollected = true;
  for (const name of readdirSync(tmpdir())) {
    if (!isAbandoned(name)) continue;
    try {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // It belongs to another user, whose next run removes it.
    }
  }
}

/**
 * Whether a name is that of a folder of ours whose process has ended. The folder for temporary files may be shared with containers, whose processes are
 * not visible here.
 */
export function isAbandoned(name: string): boolean {
  const [, holder] = named.exec(name) ?? [];
  return holder !== undefined && hasEnded(holder);
}
