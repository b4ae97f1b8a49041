import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { UserError } from "../common/user-error";

/** The file that lists what a plan wrote into its directory, with a digest of each file, so that the next plan knows its own files. */
const ledgerName = ".meshfence-plan.json";

type Ledger = { readonly [file: string]: string };

/**
 * Writes `files` into `directory`, and removes files that only an earlier plan wrote there.
 * @throws UserError, before anything is changed, if that would overwrite or remove something that no plan wrote, or that was
 * changed since
 */
export function writePlanDirectory(directory: string, files: ReadonlyMap<string, string>): void {
  if (existsSync(directory) && !lstatSync(directory).isDirectory()) {
    throw new UserError(`--out ${directory}: is not a directory`);
  }
  const ledger = readLedger(directory);
  const touched = new Set([...files.keys(), ...Object.keys(ledger)]);
  const foreign = [...touched].filter((file) => !isOwn(directory, file, ledger[file]));
  if (foreign.length > 0) {
    const list = foreign.sort().map((file) => `  ${path.join(directory, file)}`);
    throw new UserError(
      `--out ${directory}: would lose files that no plan wrote, or that were changed since; move them away, or name another directory:\n${list.join("\n")}`,
    );
  }
  for (const file of Object.keys(ledger)) if (!files.has(file)) remove(directory, file);
  for (const [file, content] of files) {
    const target = path.join(directory, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  const written = Object.fromEntries([...files].map(([file, content]) => [file, digest(content)]));
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, ledgerName), `${JSON.stringify(written, undefined, 2)}\n`);
}

/** Whether the path is free, or holds exactly what a plan wrote. */
function isOwn(directory: string, file: string, written: string | undefined): boolean {
  const target = path.join(directory, file);
  const parts = path.dirname(file).split("/");
  for (let depth = 1; depth <= parts.length; depth++) {
    const parent = lstatSync(path.join(directory, ...parts.slice(0, depth)), { throwIfNoEntry: false });
    if (parent === undefined) return true;
    // A link could point outside the directory.
    if (!parent.isDirectory()) return false;
  }
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found === undefined) return true;
  return found.isFile() && digest(readFileSync(target, "utf8")) === written;
}

function readLedger(directory: string): Ledger {
  const file = path.join(directory, ledgerName);
  if (!existsSync(file)) return {};
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    content = undefined;
  }
  const isLedger =
    typeof content === "object" &&
    content !== null &&
    Object.entries(content).every(([name, value]) => typeof value === "string" && isInside(name));
  if (!isLedger) throw new UserError(`${file} is damaged; remove the directory, or name another with --out`);
  return content as Ledger;
}

function isInside(file: string): boolean {
  return !path.isAbsolute(file) && !file.split(/[\\/]/).includes("..");
}

function remove(directory: string, file: string): void {
  rmSync(path.join(directory, file), { force: true });
  for (let parent = path.dirname(file); parent !== "."; parent = path.dirname(parent)) {
    const absolute = path.join(directory, parent);
    if (existsSync(absolute) && readdirSync(absolute).length === 0) rmdirSync(absolute);
  }
}

function digest(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}
