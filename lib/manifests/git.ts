import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import type { Problem } from "./problem";
import type { TextFile } from "./read";
import { RevisionTree, type TreeEntry, type TreeFile } from "./revision-tree";
import { decodeText } from "./text";

const limit = 1 << 30;

/** What a revision has of some paths. */
export interface RevisionFiles {
  files: TextFile[];
  problems: Problem[];
  /** The paths of which it has nothing. */
  absent: string[];
}

/**
 * The manifests of a git revision, below the given paths of the working directory's repository. Nothing is checked out; no shell is
 * involved, and a revision cannot pass for an option.
 */
export function readRevision(revision: string, paths: readonly string[]): RevisionFiles {
  try {
    const commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]).trim();
    const here = git(["rev-parse", "--show-prefix"]).trim();
    const tree = new RevisionTree(entriesOf(commit));
    const found: TreeFile[] = [];
    const absent: string[] = [];
    for (const name of paths) {
      const at = path.posix.join(here, name.replaceAll(path.sep, "/")).replace(/\/$/, "");
      const below = tree.manifests(at === "." ? "" : at);
      if (below === undefined) absent.push(name);
      else found.push(...below);
    }
    const texts = blobs(found.map(({ id }) => id));
    const files = found.map(({ file }, index) => ({
      file: `${revision}:${path.posix.relative(here, file)}`,
      text: decodeText(texts[index] ?? new Uint8Array()),
      found: true,
    }));
    return { files, problems: [], absent };
  } catch (error) {
    return { files: [], problems: [{ file: revision, message: explain(error) }], absent: [] };
  }
}

/** Files and symbolic links; what a submodule has is in another repository. */
function entriesOf(commit: string): TreeEntry[] {
  const lines = git(["ls-tree", "-r", "-z", "--full-tree", commit]).split("\0");
  const entries = lines.flatMap((line) => {
    const [, mode, id, name] = /^(100\d{3}|120000) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return mode && id && name ? [{ isLink: mode === "120000", id, path: name }] : [];
  });
  const links = entries.filter(({ isLink }) => isLink);
  const targets = blobs(links.map(({ id }) => id)).map((bytes) => decodeText(bytes));
  const targetOf = new Map(links.map((link, index) => [link.path, targets[index] ?? ""]));
  return entries.map(({ id, path: name }) => {
    const target = targetOf.get(name);
    return { id, path: name, ...(target !== undefined && { target }) };
  });
}

function git(args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8", maxBuffer: limit, stdio: ["ignore", "pipe", "pipe"] });
}

/** Contents by object id, all from one process: `<id> blob <size>\n<content>\n` for each. */
function blobs(ids: readonly string[]): Uint8Array[] {
  if (ids.length === 0) return [];
  const { stdout, status, error } = spawnSync("git", ["cat-file", "--batch"], {
    input: `${ids.join("\n")}\n`,
    maxBuffer: limit,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error("git cat-file failed");
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

function explain(error: unknown): string {
  const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
  if (code === "ENOENT") return "cannot be read: git is not installed";
  const reason = stderr?.trim().split("\n", 1)[0];
  if (reason === undefined && error instanceof Error) return `cannot be read: ${error.message}`;
  return reason === "" || reason === undefined ? "is not a revision of this repository" : `cannot be read: ${reason}`;
}
