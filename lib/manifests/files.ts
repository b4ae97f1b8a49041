import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { compareText, type Problem } from "./problem";
import type { TextFile } from "./read";
import { decodeText } from "./text";

const extensions = new Set([".yaml", ".yml", ".json"]);

/**
 * Reads the named files, and every `.yaml`, `.yml` and `.json` below the named folders, in an order that does not depend on the
 * file system. `-` is standard input. Hidden folders and `node_modules` are not entered. Symbolic links count as what they lead to; what is
 * below a folder in two ways is read once.
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
      if (name === "-") files.push({ file: "<stdin>", text: decodeText(readFileSync(0)) });
      else if (!statSync(name).isDirectory()) files.push({ file: name, text: decodeText(readFileSync(name)) });
      else {
        const found = manifestsBelow(name);
        if (found.length === 0) problems.push({ file: name, message: "holds no .yaml, .yml or .json file" });
        for (const file of found) attempt(file, () => files.push({ file, text: readFound(file), found: true }));
      }
    });
  }
  return { files, problems };
}

/** Those of the paths that lead nowhere. */
export function absentPaths(paths: readonly string[]): string[] {
  return paths.filter((name) => !existsSync(name));
}

/** Whether something of this name is entered or read below a folder: no hidden folder, no installed package. */
export function isLookedAt(name: string): boolean {
  return !name.startsWith(".") && name !== "node_modules";
}

/** Whether a file of this name is read where it is found below a folder. */
export function isManifestName(name: string): boolean {
  return isLookedAt(name) && extensions.has(path.extname(name).toLowerCase());
}

/** A file that was found, and which one it is behind links. */
export interface FoundFile {
  file: string;
  real: string;
}

/** Each file once, by the path that leads through no link where there is one. */
export function withoutRepeats<T extends FoundFile>(found: readonly T[]): T[] {
  const first = new Map<string, T>();
  for (const one of found) {
    const known = first.get(one.real);
    if (known === undefined || (known.file !== one.real && one.file === one.real)) first.set(one.real, one);
  }
  return found.filter((one) => first.get(one.real) === one);
}

function manifestsBelow(folder: string): string[] {
  const real = realpathSync(folder);
  return withoutRepeats(filesBelow(real, [real])).map(({ file }) => path.join(folder, path.relative(real, file)));
}

/** @param within The folders that are being looked through, links resolved: a link back to one of them is not followed. */
function filesBelow(folder: string, within: readonly string[]): FoundFile[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => compareText(a.name, b.name));
  return entries.flatMap((entry): FoundFile[] => {
    const file = path.join(folder, entry.name);
    if (!isLookedAt(entry.name)) return [];
    const isManifest = isManifestName(entry.name);
    if (!entry.isSymbolicLink()) {
      if (entry.isDirectory()) return filesBelow(file, [...within, realpathSync(file)]);
      return isManifest ? [{ file, real: realpathSync(file) }] : [];
    }
    // One that leads nowhere is said where it is read.
    if (!existsSync(file)) return isManifest ? [{ file, real: file }] : [];
    const real = realpathSync(file);
    if (!statSync(real).isDirectory()) return isManifest ? [{ file, real }] : [];
    return within.includes(real) ? [] : filesBelow(file, [...within, real]);
  });
}

/** A pipe that was named is read; one that lies about would be waited for without end. */
function readFound(file: string): string {
  if (!statSync(file).isFile()) throw new Error("it is no regular file");
  return decodeText(readFileSync(file));
}

function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file or folder";
  if (code === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
