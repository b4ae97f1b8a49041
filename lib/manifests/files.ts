import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { compareText, type Problem } from "./problem";
import type { TextFile } from "./read";

const extensions = new Set([".yaml", ".yml", ".json"]);

/**
 * Reads the named files, and every `.yaml`, `.yml` and `.json` below the named folders, in an order that does not depend on the
 * file system. `-` is standard input. Hidden folders and `node_modules` are not entered.
 */
export function readFiles(names: readonly string[]): { files: TextFile[]; problems: Problem[] } {
  const files: TextFile[] = [];
  const problems: Problem[] = [];
  const attempt = (file: string, read: () => void) => {
    try {
      read();
    } catch (error) {
      problems.push({ file, message: `cannot be read: ${explain(error)}` });
    }
  };
  for (const name of names) {
    attempt(name, () => {
      if (name === "-") files.push({ file: "<stdin>", text: readFileSync(0, "utf8") });
      else if (!statSync(name).isDirectory()) files.push({ file: name, text: readFileSync(name, "utf8") });
      else {
        const found = manifestsBelow(name);
        if (found.length === 0) problems.push({ file: name, message: "holds no .yaml, .yml or .json file" });
        for (const file of found)
          attempt(file, () => files.push({ file, text: readFileSync(file, "utf8"), found: true }));
      }
    });
  }
  return { files, problems };
}

/** Whether a path inside a folder (with `/`) is one that {@link readFiles} would read. */
export function isManifestPath(name: string): boolean {
  const skipped = name
    .split("/")
    .some((part) => part === "node_modules" || (part.startsWith(".") && !/^\.+$/.test(part)));
  return !skipped && extensions.has(path.extname(name));
}

function manifestsBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => compareText(a.name, b.name));
  return entries.flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    // A symbolic link counts as what it leads to, but links to folders are not followed, so that there are no cycles.
    if (entry.isDirectory()) return manifestsBelow(name);
    return extensions.has(path.extname(entry.name)) ? [name] : [];
  });
}

function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file or folder";
  if (code === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
