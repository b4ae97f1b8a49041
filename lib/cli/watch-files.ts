import { readdirSync, statSync } from "node:fs";
import path from "node:path";

/** How often is looked, in milliseconds. Looking itself takes a twentieth of the time at most. */
const interval = 500;

/**
 * Calls back whenever something changes in files and folders. It looks at their times instead of having the system tell it, which file systems over
 * a network or from outside of a virtual machine do not do.
 *
 * @returns ends it
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

/** The same as long as no file below comes, goes or is written. */
function stampOf(names: readonly string[]): string {
  const parts: string[] = [];
  const add = (name: string) => {
    try {
      const stat = statSync(name);
      if (stat.isDirectory()) {
        for (const one of readdirSync(name).sort()) if (!passedOver.has(one)) add(path.join(name, one));
      } else parts.push(`${name} ${stat.mtimeMs} ${stat.size}`);
    } catch {
      // It has just gone, or cannot be read: reading it says so.
      parts.push(`${name} -`);
    }
  };
  for (const name of names) add(name);
  return parts.join("\n");
}

const passedOver = new Set([".git", "node_modules"]);
