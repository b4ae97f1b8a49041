import path from "node:path";
import { type FileTree, type Found, type FoundFile, manifestsBelow } from "./walk";

/** A file or a symbolic link of a git tree. */
export interface TreeEntry {
  /** From the root of the repository, with `/`. */
  path: string;
  id: string;
  /** Of a link: where it leads. */
  target?: string;
}

/** A file of the tree, by a path that may lead through links. */
export interface TreeFile extends FoundFile {
  id: string;
}

type Node = TreeEntry | Folder;
type Folder = Map<string, Node>;

/** The files of a git revision, with links followed as they are in a working tree. Pure. */
export class RevisionTree {
  private readonly root: Folder = new Map();
  /** Paths that the tree has more than once, as git itself does not write it: which of them counts, each of its commands decides for itself. */
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
   * The manifests below a folder, or the file that is named, and links to manifests that the revision does not have. Undefined where
   * there is nothing of that path.
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

  /** The object of a file; undefined where there is none. */
  fileAt(at: string): string | undefined {
    const node = this.resolve(at)?.node;
    return node === undefined || isFolder(node) ? undefined : node.id;
  }

  /** What is in a folder; undefined where there is none. */
  namesIn(at: string): string[] | undefined {
    const node = this.resolve(at)?.node;
    return node !== undefined && isFolder(node) ? [...node.keys()] : undefined;
  }

  /** The path that leads through no link. */
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

  /** What a path leads to, every link on the way followed; undefined where that is nothing, or outside the repository. */
  private resolve(at: string, hops = 0): { node: Node; real: string } | undefined {
    let node: Node = this.root;
    const parts = at === "" ? [] : at.split("/");
    for (const [index, part] of parts.entries()) {
      const next: Node | undefined = isFolder(node) ? node.get(part) : undefined;
      if (next === undefined) return undefined;
      if (!isFolder(next) && next.target !== undefined) {
        if (hops >= mostHops || next.target.startsWith("/")) return undefined;
        const rest = parts.slice(index + 1);
        const to = path.posix.join(...parts.slice(0, index), next.target, ...rest).replace(/\/$/, "");
        return to === ".." || to.startsWith("../") ? undefined : this.resolve(to === "." ? "" : to, hops + 1);
      }
      node = next;
    }
    return { node, real: at };
  }
}

/** As many as Linux follows. */
const mostHops = 40;

const isFolder = (node: Node): node is Folder => node instanceof Map;

const kindOf = (node: Node) => (isFolder(node) ? "folder" : node.target === undefined ? "file" : "link");
