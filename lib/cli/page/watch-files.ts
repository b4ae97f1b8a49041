import { readdirSync, statSync } from "node:fs";
import path from "node:path";

/** The polling interval in milliseconds. It grows for large folders, so that polling takes at most a twentieth of the time. */
const interval = 500;

/**
 * Calls back whenever something changes in files and folders. It polls modification times, because network file systems and those shared with a
 * virtual machine send no events.
 *
 * @returns A function that stops watching.
 */
export function watchFiles(names: readonly string[], changed: () => void | Promise<void>): () => void {
  let last = stampOf(names);
  let timer: NodeJS.Timeout;
  const look = async () => {
    const start = performance.now();
    const now = stampOf(names);
    const took = performance.now() - start;
    if (now !== last) {
      last = now;
      await changed();
    }
    timer = setTimeout(() => void look(), Math.max(interval, took * 20));
  };
  timer = setTimeout(() => void look(), interval);
  return () => clearTimeout(timer);
}

/** A text that stays the same until a file below is added, removed or written. */
function stampOf(names: readonly string[]): string {
  const parts: string[] = [];
  const add = (name: string) => {
    try {
      const stat = statSync(name);
      if (stat.isDirectory()) {
        for (const one of readdirSync(name).sort()) if (!passedOver.has(one)) add(path.join(name, one));
      } else parts.push(`${name} ${stat.mtimeMs} ${stat.size}`);
    } catch {
      // It was just removed, or cannot be read, which reading it will report.
      parts.push(`${name} -`);
    }
  };
  for (const name of names) add(name);
  return parts.join("\n");
}

const passedOver = new Set([".git", "node_modules"]);
