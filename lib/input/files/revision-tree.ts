import path from "node:path";
import { type FileTree, type Found, type FoundFile, manifestsBelow } from "./walk";

/** A file or a symbolic link of a git tree. */
export interface TreeEntry {
  /** The path from the repository's root, with `/`. */
  path: string;
  id: string;
  /** Where a link leads. */
  target?: string;
}

/** A file of the tree. Its path may contain links. */
export interface TreeFile extends FoundFile {
  id: string;
}

type Node = TreeEntry | Folder;
type Folder = Map<string, Node>;

/** The files of a git revision. Links are followed as in a working tree. Pure. */
export class RevisionTree {
  private readonly root: Folder = new Map();
  /** Paths that the tree has more than once. Git never writes such a tree, and each of its commands resolves it differently. */
  readonly ambiguous: string[] = [];

  constructor(entries: readonly TreeEntry[]) {
    for (const entry of entries) if (!this.add(entry)) this.ambiguous.push(entry.path);
  }

  private add(entry: TreeEntry): boolean {
    const parts = entry.path.split("/");
    const name = parts.pop() ?? "";
    let folder = this.root;
    for (const part of parts) {
      const next = folder.get(part) ?? new Map<string, Node>();
      if (!isFolder(next)) return false;
      folder.set(part, next);
      folder = next;
    }
    if (folder.has(name)) return false;
    folder.set(name, entry);
    return true;
  }

  /**
   * The manifests below a folder, or the named file, and links to manifests that the revision lacks. Undefined if the path does not exist.
   *
   * @param seen See `manifestsBelow`.
   */
  manifests(
    at: string,
    seen?: Set<string>,
  ): (Pick<Found, "lost" | "passed" | "repeats"> & { files: TreeFile[] }) | undefined {
    const found = this.resolve(at);
    if (found === undefined) return undefined;
    if (!isFolder(found.node))
      return { files: [{ file: at, real: found.real, id: found.node.id }], lost: [], passed: [], repeats: false };
    const { files, lost, passed, repeats } = manifestsBelow(this.asFileTree, at, found.real, seen);
    return { files: files.map((one) => ({ ...one, id: this.idOf(one.real) })), lost, passed, repeats };
  }

  /** The object id of a file. Undefined if there is no such file. */
  fileAt(at: string): string | undefined {
    const node = this.resolve(at)?.node;
    return node === undefined || isFolder(node) ? undefined : node.id;
  }

  /** The entries of a folder. Undefined if there is no such folder. */
  namesIn(at: string): string[] | undefined {
    const node = this.resolve(at)?.node;
    return node !== undefined && isFolder(node) ? [...node.keys()] : undefined;
  }

  /** The path without links. */
  realPath(at: string): string | undefined {
    return this.resolve(at)?.real;
  }

  private readonly asFileTree: FileTree = {
    list: (folder) => {
      const node = this.resolve(folder)?.node;
      return node === undefined || !isFolder(node)
        ? []
        : [...node].map(([name, entry]) => ({ name, kind: kindOf(entry) }));
    },
    follow: (link) => {
      const found = this.resolve(link);
      return found && { real: found.real, isFolder: isFolder(found.node) };
    },
    targetOf: (link) => {
      const folder = this.resolve(path.posix.dirname(link).replace(/^\.$/, ""))?.node;
      const node = folder && isFolder(folder) ? folder.get(path.posix.basename(link)) : undefined;
      return (node !== undefined && !isFolder(node) && node.target) || "";
    },
    join: path.posix.join,
  };

  private idOf(real: string): string {
    const node = this.resolve(real)?.node;
    return node === undefined || isFolder(node) ? "" : node.id;
  }

  /** Resolves a path through all links. Undefined if it leads nowhere or out of the repository. */
  private resolve(at: string, hops = 0): { node: Node; real: string } | undefined {
    let node: Node = this.root;
    const parts = at === "" ? [] : at.split("/");
    for (const [index, part] of parts.entries()) {
      const next: Node | undefined = isFolder(node) ? node.get(part) : undefined;
      if (next === undefined) return undefined;
      if (!isFolder(next) && next.target !== undefined) {
        if (hops >= maxLinks || next.target.startsWith("/")) return undefined;
        const rest = parts.slice(index + 1);
        const to = path.posix.join(...parts.slice(0, index), next.target, ...rest).replace(/\/$/, "");
        return to === ".." || to.startsWith("../") ? undefined : this.resolve(to === "." ? "" : to, hops + 1);
      }
      node = next;
    }
    return { node, real: at };
  }
}

/** The number of links that Linux follows. */
const maxLinks = 40;

const isFolder = (node: Node): node is Folder => node instanceof Map;

const kindOf = (node: Node) => (isFolder(node) ? "folder" : node.target === undefined ? "file" : "link");
