import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { decodeText } from "../../common/decode-text";
import { gitArguments, gitEnvironment } from "../../common/git";
import type { Problem } from "../../common/problem";
import type { TextFile } from "../manifests/read";
import { MemoryBudget } from "./memory";
import { leftOutFile, linkedElsewhere, passedFile, submoduleFile, textFile } from "./passed";
import { RevisionTree, type TreeEntry, type TreeFile } from "./revision-tree";
import { isManifestName } from "./walk";

const limit = 1 << 30;

/** The files of a revision below some paths. */
export interface RevisionFiles {
  files: TextFile[];
  problems: Problem[];
  /** The paths below which the revision has no manifest. */
  without: string[];
  /** Whether the revision could not be read at all, for example because it does not exist. */
  failed?: true;
}

/**
 * The manifests of a git revision, below the given paths of the working directory's repository. Nothing is checked out, no shell is involved, and a
 * revision is never taken for an option.
 */
export function readRevision(revision: string, paths: readonly string[]): RevisionFiles {
  try {
    const commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]).trim();
    const here = git(["rev-parse", "--show-prefix"]).trim();
    const tree = new RevisionTree(entriesOf(commit));
    const submodules = submodulesOf(commit);
    const read: RevisionFiles = { files: [], problems: [], without: [] };
    const found: TreeFile[] = [];
    const seen = new Set<string>();
    const shown = (file: string) => `${revision}:${path.posix.relative(here, file)}`;
    for (const name of paths) {
      const at = path.posix.join(here, name.replaceAll(path.sep, "/")).replace(/\/$/, "");
      if (at === ".." || at.startsWith("../") || path.isAbsolute(name))
        return { ...failure(name, "is not inside the repository; give a path below its root"), without: [] };
      const { files, lost, passed, repeats } = tree.manifests(at === "." ? "" : at, seen) ?? nothing;
      if (files.length + lost.length === 0 && !repeats) read.without.push(name);
      for (const { file, target } of lost) {
        const elsewhere = linkedElsewhere(shown(file), target);
        if (elsewhere !== undefined) read.files.push(elsewhere);
        else
          read.problems.push({
            code: "unreadable",
            file: shown(file),
            message: "cannot be read: it links to what the revision does not have",
          });
      }
      read.files.push(...passed.map((one) => passedFile({ ...one, file: shown(one.file) })));
      const isBelow = (file: string) => at === "." || at === "" || file === at || file.startsWith(`${at}/`);
      for (const file of tree.ambiguous.filter(isBelow))
        read.problems.push({
          code: "unreadable",
          file: shown(file),
          message: "cannot be read: the revision has this path more than once",
        });
      read.files.push(...submodules.filter(isBelow).map((file) => submoduleFile(shown(file))));
      found.push(...files);
    }
    const memory = new MemoryBudget();
    const texts = blobs(found.map(({ id }) => id));
    for (const [index, { file }] of found.entries()) {
      try {
        const text = decodeText(texts[index] ?? new Uint8Array());
        memory.take(text);
        read.files.push({ ...textFile(shown(file), text), found: true });
      } catch (error) {
        read.problems.push({
          code: "unreadable",
          file: shown(file),
          message: `cannot be read: ${(error as Error).message}`,
        });
      }
    }
    return read;
  } catch (error) {
    return {
      files: [],
      problems: [{ code: "unreadable", file: revision, message: gitWords(error) }],
      without: [],
      failed: true,
    };
  }
}

/** Reads the files of a revision on demand: small ones all at once, with a single process. */
export class RevisionObjects {
  private readonly contents = new Map<string, Uint8Array>();
  private filled = false;

  private constructor(
    private readonly tree: RevisionTree,
    private readonly entries: readonly TreeEntry[],
    /** The working directory, relative to the repository's root. */
    readonly here: string,
    /** The repository's root in the file system. */
    readonly root: string,
  ) {}

  /** @returns undefined if it cannot be read; {@link readRevision} reports why */
  static of(revision: string): RevisionObjects | undefined {
    try {
      const commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]).trim();
      const entries = entriesOf(commit);
      const here = git(["rev-parse", "--show-prefix"]).trim();
      const root = git(["rev-parse", "--show-toplevel"]).trim();
      return new RevisionObjects(new RevisionTree(entries), entries, here, root);
    } catch {
      return undefined;
    }
  }

  /** The file's content. Undefined if there is no such file. */
  read(at: string): Uint8Array | undefined {
    const id = this.tree.fileAt(at);
    if (id === undefined) return undefined;
    if (!this.filled) this.fill();
    const known = this.contents.get(id) ?? blobs([id])[0];
    if (known !== undefined) this.contents.set(id, known);
    return known;
  }

  list(at: string): string[] | undefined {
    return this.tree.namesIn(at)?.sort();
  }

  /** The path without links. */
  realPath(at: string): string | undefined {
    return this.tree.realPath(at);
  }

  /** Files that kustomizations and charts usually consist of. Others are read one by one. */
  private fill(): void {
    this.filled = true;
    const texts = this.entries.filter(({ path: name }) =>
      /\.(ya?ml|json|tpl|txt|env|conf|toml|properties)$|\/(Kustomization|\.helmignore)$/.test(name),
    );
    const ids = [...new Set(texts.map(({ id }) => id))].slice(0, 50_000);
    for (const [index, content] of blobs(ids).entries()) this.contents.set(ids[index] ?? "", content);
  }
}

const nothing = { files: [], lost: [], passed: [], repeats: false };

function failure(file: string, message: string): Omit<RevisionFiles, "without"> {
  return { files: [], problems: [{ code: "unreadable", file, message }], failed: true };
}

/** The nearest file of this name in a revision, from the working directory up to the repository's root. Undefined if there is none. */
export function nearestInRevision(revision: string, name: string): { text: string } | undefined {
  const objects = RevisionObjects.of(revision);
  if (objects === undefined) return undefined;
  for (let folder = objects.here.replace(/\/$/, ""); ; folder = path.posix.dirname(folder).replace(/^\.$/, "")) {
    const content = objects.read(path.posix.join(folder, name));
    if (content !== undefined) return { text: decodeText(content) };
    if (folder === "") return undefined;
  }
}

/** The paths below a folder that its repository ignores. */
export function ignoredByGit(folder: string, files: readonly string[]): Set<string> {
  const ignored = (some: readonly string[]): string[] => {
    if (some.length === 0) return [];
    const { stdout, status } = spawnSync("git", gitArguments(["check-ignore", "-z", "--stdin"]), {
      cwd: folder,
      env: gitEnvironment(),
      encoding: "utf8",
      input: some.map((file) => `${path.relative(folder, file)}\0`).join(""),
      maxBuffer: limit,
    });
    // A path behind a link or in another repository makes the whole command fail.
    if (status !== 0 && status !== 1 && some.length > 1) return some.flatMap((file) => ignored([file]));
    const ignoredPaths = new Set(status === 0 ? stdout.split("\0") : []);
    return some.filter((file) => ignoredPaths.has(path.relative(folder, file)));
  };
  return new Set(ignored(files));
}

/** The real path of the working tree's root. @throws Error outside of a working tree */
export function repositoryRoot(): string {
  return realpathSync.native(git(["rev-parse", "--show-toplevel"]).replace(/\n$/, ""));
}

/**
 * Files that git knows and the working tree lacks: those outside of a sparse checkout, and submodules that are not checked out.
 *
 * @throws Error if git fails
 */
export function absentFiles(paths: readonly string[]): TextFile[] {
  return linesOf(["--literal-pathspecs", "ls-files", "-t", "-s", "-z", "--", ...paths]).flatMap((line) => {
    const [, tag, mode, file = ""] = /^(\S) (\d+) [0-9a-f]+ \d\t(.*)$/s.exec(line) ?? [];
    if (mode === "160000") return isEmptyFolder(file) ? [submoduleFile(file)] : [];
    return tag === "S" && isManifestName(path.basename(file)) && !existsSync(file) ? [leftOutFile(file)] : [];
  });
}

/** Whether a path is an empty folder, or does not exist. */
function isEmptyFolder(file: string): boolean {
  try {
    return readdirSync(file).length === 0;
  } catch {
    return true;
  }
}

/** The paths of a revision's submodules. */
function submodulesOf(commit: string): string[] {
  return linesOf(["ls-tree", "-r", "-z", "--full-tree", commit]).flatMap(
    (line) => /^160000 commit [0-9a-f]+\t(.*)$/s.exec(line)?.[1] ?? [],
  );
}

/** Files and symbolic links. A submodule's content is in another repository. */
function entriesOf(commit: string): TreeEntry[] {
  const entries = linesOf(["ls-tree", "-r", "-z", "--full-tree", commit]).flatMap((line) => {
    const [, mode, id, name] = /^(100\d{3}|120000) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return mode && id && name ? [{ isLink: mode === "120000", id, path: name }] : [];
  });
  const links = entries.filter(({ isLink }) => isLink);
  const targets = blobs(links.map(({ id }) => id)).map((bytes) => nameOf(Buffer.from(bytes)));
  const targetOf = new Map(links.map((link, index) => [link.path, targets[index] ?? ""]));
  return entries.map(({ id, path: name }) => {
    const target = targetOf.get(name);
    return { id, path: name, ...(target !== undefined && { target }) };
  });
}

function git(args: readonly string[]): string {
  return gitBytes(args).toString("utf8");
}

function gitBytes(args: readonly string[]): Buffer {
  return execFileSync("git", gitArguments(args), {
    env: gitEnvironment(),
    maxBuffer: limit,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** The NUL-terminated items in git's output. */
function linesOf(args: readonly string[]): string[] {
  const bytes = gitBytes(args);
  const lines = [];
  for (let begin = 0, end = bytes.indexOf(0); end >= 0; begin = end + 1, end = bytes.indexOf(0, begin))
    lines.push(nameOf(bytes.subarray(begin, end)));
  return lines;
}

/** Decodes a name. Invalid UTF-8 becomes lone surrogates, which no other name has: with replacement characters, two names could become one. */
function nameOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!text.includes("\ufffd") || Buffer.from(text).equals(bytes)) return text;
  return bytes
    .toString("latin1")
    .replace(/[\u0080-\u00ff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)));
}

/** Contents by object id, from a single process that prints `<id> blob <size>\n<content>\n` for each. */
function blobs(ids: readonly string[]): Uint8Array[] {
  if (ids.length === 0) return [];
  const { stdout, stderr, status, error } = spawnSync("git", gitArguments(["cat-file", "--batch"]), {
    env: gitEnvironment(),
    input: `${ids.join("\n")}\n`,
    maxBuffer: limit,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(reasonIn(stderr) || "git cat-file failed");
  const texts: Uint8Array[] = [];
  let offset = 0;
  for (const id of ids) {
    const end = stdout.indexOf("\n", offset);
    const size = Number(stdout.toString("latin1", offset, end).split(" ")[2]);
    if (end < 0 || !Number.isInteger(size)) throw new Error(`git has no object ${id}`);
    texts.push(stdout.subarray(end + 1, end + 1 + size));
    offset = end + 1 + size + 1;
  }
  return texts;
}

/** The first line of git's errors that is neither a warning nor a hint. */
function reasonIn(said: Buffer): string {
  const lines = said.toString().trim().split("\n");
  return lines.find((one) => !/^(warning|hint): /.test(one)) ?? lines[0] ?? "";
}

/** Why a git command failed: `cannot be read: …`. */
export function gitWords(error: unknown): string {
  const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
  if (code === "ENOENT") return "cannot be read: git is not installed";
  if (code === "ENOBUFS") return `cannot be read: git's output for it is larger than ${limit >> 20} MiB`;
  const reason = stderr && reasonIn(stderr);
  if (reason === undefined && error instanceof Error) return `cannot be read: ${error.message}`;
  return reason === "" || reason === undefined ? "is not a revision of this repository" : `cannot be read: ${reason}`;
}
