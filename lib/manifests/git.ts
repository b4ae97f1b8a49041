import { execFileSync, spawnSync } from "node:child_process";
import { isManifestPath } from "./files";
import { compareText, type Problem } from "./problem";
import type { TextFile } from "./read";

const limit = 1 << 30;

/**
 * The manifests of a git revision, below the given paths of the working directory's repository. Nothing is checked out; no shell is
 * involved, and a revision cannot pass for an option.
 */
export function readRevision(revision: string, paths: readonly string[]): { files: TextFile[]; problems: Problem[] } {
  try {
    const tree = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]).trim();
    const listing = git(["ls-tree", "-r", "-z", tree, "--", ...(paths.length === 0 ? ["."] : paths)]);
    const entries = listing
      .split("\0")
      .map((line) => /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(line))
      .flatMap((match) =>
        match?.[1] && match[2] && isManifestPath(match[2]) ? [{ id: match[1], path: match[2] }] : [],
      )
      .sort((a, b) => compareText(a.path, b.path));
    const texts = blobs(entries.map(({ id }) => id));
    const files = entries.map(({ path }, index) => ({
      file: `${revision}:${path}`,
      text: texts[index] ?? "",
      found: true,
    }));
    return { files, problems: [] };
  } catch (error) {
    return { files: [], problems: [{ file: revision, message: explain(error) }] };
  }
}

function git(args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8", maxBuffer: limit, stdio: ["ignore", "pipe", "pipe"] });
}

/** Contents by object id, all from one process: `<id> blob <size>\n<content>\n` for each. */
function blobs(ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const { stdout, status, error } = spawnSync("git", ["cat-file", "--batch"], {
    input: `${ids.join("\n")}\n`,
    maxBuffer: limit,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error("git cat-file failed");
  const texts: string[] = [];
  let offset = 0;
  for (const id of ids) {
    const end = stdout.indexOf("\n", offset);
    const size = Number(stdout.toString("latin1", offset, end).split(" ")[2]);
    if (end < 0 || !Number.isInteger(size)) throw new Error(`git has no object ${id}`);
    texts.push(stdout.toString("utf8", end + 1, end + 1 + size));
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
