import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import type { Problem } from "../../common/problem";
import type { TextFile } from "../manifests/read";
import { type ReadLimits, readText, unreadableWords } from "./bounded";
import { ignoredByGit } from "./git";
import { MemoryBudget } from "./memory";
import { linkedElsewhere, lostLink, namedFile, passedFile, textFile } from "./passed";
import { type FileTree, manifestsBelow } from "./walk";

/**
 * Reads the named files, and every `.yaml`, `.yml` and `.json` below the named folders, in an order that does not depend on the file system. `-` is
 * standard input. Symbolic links are followed, and a file that is found twice is read once. What kubectl would read but this does not, such as
 * `node_modules`, is reported as not seen.
 */
export function readFiles(names: readonly string[], limits?: ReadLimits): { files: TextFile[]; problems: Problem[] } {
  const { files, problems, empty } = readFilesOf(names, limits);
  return {
    files,
    problems: [...problems, ...empty.map((file) => ({ code: "no-manifest", file, message: noManifest }))],
  };
}

/** The message for a folder without manifests. */
export const noManifest = "contains no .yaml, .yml or .json file";

/**
 * Reads files like {@link readFiles}, except that a missing path, or a folder without manifests, is no problem: these are returned as `without`.
 *
 * @param within The real path of a repository's root, which links may not leave. Default: links may lead anywhere.
 */
export function readPresentFiles(
  names: readonly string[],
  limits?: ReadLimits,
  within?: string,
): {
  files: TextFile[];
  problems: Problem[];
  without: string[];
} {
  const absent = names.filter((name) => !isPresent(name));
  const { empty, ...read } = readFilesOf(
    names.filter((name) => !absent.includes(name)),
    limits,
    within,
  );
  return { ...read, without: [...absent, ...empty] };
}

/** Whether a path exists. True for a dangling link, which is not a removed file. */
function isPresent(name: string): boolean {
  try {
    return lstatSync(name, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOTDIR";
  }
}

function readFilesOf(
  names: readonly string[],
  limits?: ReadLimits,
  within?: string,
): { files: TextFile[]; problems: Problem[]; empty: string[] } {
  const files: TextFile[] = [];
  const problems: Problem[] = [];
  const empty: string[] = [];
  const seen = new Set<string>();
  const memory = new MemoryBudget();
  const tree = within === undefined ? fileSystem : notLeaving(within);
  const bounded = (text: string) => {
    memory.take(text);
    return text;
  };
  const fail = (file: string, error: unknown) =>
    problems.push({ code: "unreadable", file, message: unreadableWords(error) });
  const attempt = (file: string, read: () => void) => {
    try {
      read();
    } catch (error) {
      fail(file, error);
    }
  };
  for (const name of names) {
    attempt(name, () => {
      if (name === "-") files.push({ file: "<stdin>", text: bounded(readText("-", limits)) });
      else if (!statusOf(name).isDirectory()) files.push(namedFile(name, bounded(readText(name, limits))));
      else {
        const {
          files: found,
          lost,
          closed,
          passed,
          repeats,
        } = manifestsBelow(tree, name, realpathSync.native(name), seen);
        if (found.length + lost.length + closed.length === 0 && !repeats) empty.push(name);
        for (const { file, target } of lost) {
          const elsewhere = linkedElsewhere(file, target);
          if (elsewhere !== undefined) files.push(elsewhere);
          else problems.push({ code: "unreadable", file, message: `cannot be read: ${lostWords(file)}` });
        }
        for (const { file, error } of closed) fail(file, error);
        const ignored = ignoredByGit(
          name,
          passed.flatMap(({ file, isFolder }) => (isFolder ? [file] : [])),
        );
        files.push(...passed.filter(({ file }) => !ignored.has(file)).map(passedFile));
        for (const { file } of found)
          attempt(file, () => files.push({ ...textFile(file, bounded(readFound(file, limits))), found: true }));
      }
    });
  }
  return { files, problems, empty };
}

/** Whether a search below a folder finds anything, read or not. @throws Error if the folder cannot be read */
export function holdsManifests(folder: string): boolean {
  const { files, lost, closed, passed } = manifestsBelow(fileSystem, folder, realpathSync.native(folder));
  return files.length + lost.length + closed.length + passed.filter(({ isFolder }) => !isFolder).length > 0;
}

const fileSystem: FileTree = {
  list: (folder) =>
    readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      kind: entry.isSymbolicLink() ? "link" : entry.isDirectory() ? "folder" : "file",
    })),
  follow: (link) => {
    try {
      return { real: realpathSync.native(link), isFolder: statSync(link).isDirectory() };
    } catch {
      // The link dangles, is circular, or leads where access is denied. Only this link is lost.
      return undefined;
    }
  },
  targetOf: (link) => readlinkSync(link),
  join: path.join,
};

/** The file system, with links that neither leave a folder nor lead to git's own files in it. */
function notLeaving(root: string): FileTree {
  return {
    ...fileSystem,
    follow: (link) => {
      const place = fileSystem.follow(link);
      const [first] = place === undefined ? [] : path.relative(root, place.real).split(path.sep);
      return first === ".." || first === ".git" || path.isAbsolute(first ?? "") ? undefined : place;
    },
  };
}

/** Why a link is not followed. */
const lostWords = (link: string): string =>
  existsSync(link) ? "it is a link that leads out of the repository" : "it is a link that leads nowhere";

/** The status of what a name leads to. @throws Error for a dangling link, with the reason if there is one */
function statusOf(name: string): Stats {
  try {
    return statSync(name);
  } catch (error) {
    const link = lstatSync(name, { throwIfNoEntry: false });
    throw (link?.isSymbolicLink() === true ? lostLink(readlinkSync(name)) : undefined) ?? error;
  }
}

/** Reads a file that a search found. Only a named pipe is read: waiting for one that a search finds might never end. */
function readFound(file: string, limits?: ReadLimits): string {
  if (!statSync(file).isFile()) throw new Error("it is not a regular file");
  return readText(file, limits);
}
