import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { goRegExp } from "../../../kubernetes/schema/go-regexp";
import { readBounded } from "../../files/bounded";

/**
 * The repository that holds the input files, and that kustomizations and charts refer to. Paths are relative to its root and use `/`; the root is "".
 * Nothing outside can be read: a link that leads there throws {@link OutsideTreeError}.
 */
export interface SourceTree {
  /** The content of a file. Undefined if there is no such file. */
  read(at: string): Uint8Array | undefined;
  /** The sorted names in a folder. Undefined if there is no such folder. */
  list(at: string): string[] | undefined;
  /** The path of an input file. Undefined if it is not in the tree, such as standard input. */
  pathOf(file: string): string | undefined;
  /** The name of a file in messages. */
  displayName(at: string): string;
  /** The folders that the user named as input. Any of them may be meant as the root of a repository. */
  readonly inputFolders: readonly string[];
  /** The repository's normalized addresses, from its remotes. Empty if it has none. */
  readonly addresses: readonly string[];
}

/** A path or a link leads out of the repository, so it is not followed. */
export class OutsideTreeError extends Error {
  override readonly name = "OutsideTreeError";
}

/** The git repository around the named paths. If there is none: the working directory if it holds the first path, else that path's folder. */
export function workingTree(names: readonly string[], cwd = process.cwd()): SourceTree | undefined {
  const present = names.filter((name) => name !== "-" && existsSync(name)).map((name) => realpathSync.native(name));
  const [first] = present;
  if (first === undefined) return undefined;
  const folders = present.map((name) => (statSync(name).isDirectory() ? name : path.dirname(name)));
  const here = realpathSync.native(cwd);
  const root = repositoryAround(folders[0] ?? first) ?? (isInside(here, first) ? here : (folders[0] ?? first));
  const resolve = (at: string): string | undefined => {
    let real: string;
    try {
      real = realpathSync.native(path.join(root, at));
    } catch {
      return undefined;
    }
    if (!isInside(root, real)) throw new OutsideTreeError(`${at} leads out of the repository`);
    return real;
  };
  return {
    read: (at) => {
      const real = resolve(at);
      return real !== undefined && statSync(real).isFile() ? readBounded(real) : undefined;
    },
    list: (at) => {
      const real = resolve(at);
      if (real === undefined || !statSync(real).isDirectory()) return undefined;
      const entries = readdirSync(real, { withFileTypes: true });
      const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
      const around = links.length === 0 ? [] : realParents(at, resolve);
      // A link to a parent folder would be followed forever.
      const endless = new Set(links.filter((name) => leadsToParent(path.join(real, name), around)));
      return entries
        .map(({ name }) => name)
        .filter((name) => !endless.has(name))
        .sort();
    },
    pathOf: (file) => {
      if (!existsSync(file)) return undefined;
      const real = realpathSync.native(file);
      return isInside(root, real) ? path.relative(root, real).split(path.sep).join("/") : undefined;
    },
    displayName: (at) => shownFrom(here, path.join(root, at)),
    inputFolders: folders.filter((folder) => isInside(root, folder)).map((folder) => toTree(root, folder)),
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

/** The remotes in the repository's configuration. Read as text, because git itself would run programs that the configuration names. */
export function addressesOf(root: string): string[] {
  try {
    const text = readFileSync(path.join(root, ".git", "config"), "utf8");
    // Manifests never use a path on this machine.
    return [...text.matchAll(/^\s*url\s*=\s*(\S+)\s*$/gm)]
      .map(([, address = ""]) => address)
      .filter((address) => /^(?!file:)[a-z+]+:\/\/|^[^/]+@[^/]+:/i.test(address))
      .map(normalAddress);
  } catch {
    return [];
  }
}

/** Normalizes any form of a repository's address to `host/owner/name`. */
export function normalAddress(address: string): string {
  return address
    .replace(/^[a-z+]+:\/\//i, "")
    .replace(/^[^@/]*@/, "")
    .replace(/^([^/:]+):(?!\d+\/)/, "$1/")
    .replace(/(\.git)?\/*$/, "")
    .toLowerCase();
}

/** Whether a path is a folder. False if it leads out of the tree. */
export function isFolder(tree: SourceTree, at: string): boolean {
  try {
    return tree.list(at) !== undefined;
  } catch (error) {
    if (error instanceof OutsideTreeError) return false;
    throw error;
  }
}

/** Joins a folder and a name in it. */
export const inside = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

/** Resolves a path that a file in `folder` refers to. Undefined if it leads out of the tree. */
export function joined(folder: string, name: string): string | undefined {
  if (name.startsWith("/")) return undefined;
  const at = path.posix.join(folder, name).replace(/\/$/, "");
  if (at === ".." || at.startsWith("../")) return undefined;
  return at === "." ? "" : at;
}

/** The files of the file system that match a pattern (`manifests/**\/*.yaml`), sorted. Pattern and result are relative to the folder. */
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

/** The real paths of a folder and of its parents. */
function realParents(at: string, resolve: (at: string) => string | undefined): string[] {
  const parts = at.split("/").filter((part) => part !== "");
  return [...parts.keys(), parts.length].map((end) => resolve(parts.slice(0, end).join("/")) ?? "");
}

function leadsToParent(link: string, around: readonly string[]): boolean {
  try {
    const target = realpathSync.native(link);
    return around.some((folder) => folder !== "" && isInside(target, folder));
  } catch {
    return false;
  }
}

/** Deeper and larger than any real repository. Links may lead back and forth forever. */
const maxDepth = 40;
const maxEntries = 100_000;

/** Limits a walk through folders. */
export class WalkLimit {
  private count = 0;

  /** @throws Error if the walk gets deeper or larger than any real repository */
  enter(at: string): void {
    if (at.split("/").length > maxDepth)
      throw new Error(`${at.slice(0, 60)}… leads through more than ${maxDepth} folders`);
    if (++this.count > maxEntries) throw new Error(`there are more than ${maxEntries} files and folders in it`);
  }
}

/** All files below a folder, or the file itself. */
export function filesBelow(
  tree: SourceTree,
  at: string,
  enters: (name: string) => boolean = () => true,
  walked = new WalkLimit(),
): string[] {
  walked.enter(at);
  const names = tree.list(at);
  if (names === undefined) return tree.read(at) === undefined ? [] : [at];
  return names.filter(enters).flatMap((name) => filesBelow(tree, inside(at, name), enters, walked));
}
