import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { goRegExp } from "../../kubernetes/schema/go-regexp";

/**
 * The repository around the files that were read: what Kustomizations and charts in them refer to may stand elsewhere in it. Paths are from its
 * root, with `/`; the root is "". Nothing outside can be reached: a link that leads there throws {@link LeadsOutside}.
 */
export interface SourceTree {
  /** A file's content; undefined where there is no file. */
  read(at: string): Uint8Array | undefined;
  /** Names in a folder, sorted; undefined where there is no folder. */
  list(at: string): string[] | undefined;
  /** Where a file that was read stands in the tree; undefined where it does not (standard input). */
  pathOf(file: string): string | undefined;
  /** How a file is called before the user. */
  show(at: string): string;
  /** The folders that the user named: a repository's root may be one of them. */
  readonly named: readonly string[];
  /** Addresses under which others know this repository, where they can be told. */
  readonly addresses: readonly string[];
}

/** What a path or a link in the repository leads to is not in it, and is not looked at. */
export class LeadsOutside extends Error {
  override readonly name = "LeadsOutside";
}

/** The tree of a working directory: the git repository that the named paths are in, or else the working directory itself. */
export function workingTree(names: readonly string[], cwd = process.cwd()): SourceTree | undefined {
  const present = names.filter((name) => name !== "-" && existsSync(name)).map((name) => realpathSync(name));
  const [first] = present;
  if (first === undefined) return undefined;
  const folders = present.map((name) => (statSync(name).isDirectory() ? name : path.dirname(name)));
  const here = realpathSync(cwd);
  const root = repositoryAround(folders[0] ?? first) ?? (isInside(here, first) ? here : (folders[0] ?? first));
  const resolve = (at: string): string | undefined => {
    let real: string;
    try {
      real = realpathSync(path.join(root, at));
    } catch {
      return undefined;
    }
    if (!isInside(root, real)) throw new LeadsOutside(`${at} leads out of the repository`);
    return real;
  };
  return {
    read: (at) => {
      const real = resolve(at);
      return real !== undefined && statSync(real).isFile() ? readFileSync(real) : undefined;
    },
    list: (at) => {
      const real = resolve(at);
      if (real === undefined || !statSync(real).isDirectory()) return undefined;
      const entries = readdirSync(real, { withFileTypes: true });
      const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
      const around = links.length === 0 ? [] : foldersAround(at, resolve);
      // A link to a folder that it stands in leads to what is seen already, without end.
      const endless = new Set(links.filter((name) => leadsAround(path.join(real, name), around)));
      return entries
        .map(({ name }) => name)
        .filter((name) => !endless.has(name))
        .sort();
    },
    pathOf: (file) => {
      if (!existsSync(file)) return undefined;
      const real = realpathSync(file);
      return isInside(root, real) ? path.relative(root, real).split(path.sep).join("/") : undefined;
    },
    show: (at) => shownFrom(here, path.join(root, at)),
    named: folders.filter((folder) => isInside(root, folder)).map((folder) => toTree(root, folder)),
    addresses: addressesOf(root),
  };
}

const toTree = (root: string, folder: string) => path.relative(root, folder).split(path.sep).join("/");

function shownFrom(here: string, file: string): string {
  const relative = path.relative(here, file);
  return relative.startsWith("..") ? file : relative;
}

function repositoryAround(folder: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, ".git"))) return at;
    if (at === path.dirname(at)) return undefined;
  }
}

const isInside = (root: string, file: string) =>
  file === root || file.startsWith(root.endsWith(path.sep) ? root : root + path.sep);

/** What the repository's own configuration calls its remotes. Read as text: git itself could be made to run what stands in there. */
export function addressesOf(root: string): string[] {
  try {
    const text = readFileSync(path.join(root, ".git", "config"), "utf8");
    // A path of this machine is no name that others know it by.
    return [...text.matchAll(/^\s*url\s*=\s*(\S+)\s*$/gm)]
      .map(([, address = ""]) => address)
      .filter((address) => /^(?!file:)[a-z+]+:\/\/|^[^/]+@[^/]+:/i.test(address))
      .map(normalAddress);
  } catch {
    return [];
  }
}

/** `host/owner/name` of any way to write a repository's address. */
export function normalAddress(address: string): string {
  return address
    .replace(/^[a-z+]+:\/\//i, "")
    .replace(/^[^@/]*@/, "")
    .replace(/^([^/:]+):(?!\d+\/)/, "$1/")
    .replace(/(\.git)?\/*$/, "")
    .toLowerCase();
}

/** Whether there is something at a path, without looking what. False where it leads outside. */
export function isFolder(tree: SourceTree, at: string): boolean {
  try {
    return tree.list(at) !== undefined;
  } catch (error) {
    if (error instanceof LeadsOutside) return false;
    throw error;
  }
}

/** The path of what a folder holds. */
export const inside = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

/** Joins a path that a file of `folder` names; undefined where it leads out of the tree. */
export function joined(folder: string, name: string): string | undefined {
  if (name.startsWith("/")) return undefined;
  const at = path.posix.join(folder, name).replace(/\/$/, "");
  if (at === ".." || at.startsWith("../")) return undefined;
  return at === "." ? "" : at;
}

/** The files below a folder of the file system that a pattern means (`manifests/**\/*.yaml`), sorted, by paths from the folder. */
export function globbed(folder: string, pattern: string): string[] {
  const parts = pattern.replace(/^\.\//, "").split("/");
  const fixed = parts.findIndex((part) => /[*?{[]/.test(part));
  const base = parts.slice(0, fixed).join("/");
  const expression = goRegExp(`^${parts.slice(fixed).map(asExpression).join("/").replaceAll("(?:.*)/", "(?:.*/)?")}$`);
  const at = path.resolve(folder, base);
  if (!existsSync(at)) return [];
  const found = readdirSync(at, { recursive: true, encoding: "utf8" }).map((name) => name.split(path.sep).join("/"));
  return found
    .filter((name) => expression.test(name) && statSync(path.join(at, name)).isFile())
    .map((name) => (base === "" ? name : `${base}/${name}`))
    .sort();
}

function asExpression(part: string): string {
  if (part === "**") return "(?:.*)";
  return part
    .replaceAll(/[.+^$()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]")
    .replaceAll(/\{([^}]*)\}/g, (_, words: string) => `(?:${words.replaceAll(",", "|")})`);
}

/** The real places of a folder and of those that its path leads through. */
function foldersAround(at: string, resolve: (at: string) => string | undefined): string[] {
  const parts = at.split("/").filter((part) => part !== "");
  return [...parts.keys(), parts.length].map((end) => resolve(parts.slice(0, end).join("/")) ?? "");
}

function leadsAround(link: string, around: readonly string[]): boolean {
  try {
    const target = realpathSync(link);
    return around.some((folder) => folder !== "" && isInside(target, folder));
  } catch {
    return false;
  }
}

/** Deeper, and more, than any repository is: links may lead back and forth without end. */
const deepest = 40;
const mostEntries = 100_000;

/** Counts what a walk through folders comes to. */
export class Walked {
  private count = 0;

  /** @throws Error where that is more than any repository holds */
  enter(at: string): void {
    if (at.split("/").length > deepest)
      throw new Error(`${at.slice(0, 60)}… leads through more than ${deepest} folders`);
    if (++this.count > mostEntries) throw new Error(`there are more than ${mostEntries} files and folders in it`);
  }
}

/** Every file below a folder, or the file itself. */
export function filesBelow(
  tree: SourceTree,
  at: string,
  enters: (name: string) => boolean = () => true,
  walked = new Walked(),
): string[] {
  walked.enter(at);
  const names = tree.list(at);
  if (names === undefined) return tree.read(at) === undefined ? [] : [at];
  return names.filter(enters).flatMap((name) => filesBelow(tree, inside(at, name), enters, walked));
}
