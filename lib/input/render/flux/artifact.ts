import { getOrMake, getOrMakeWeak } from "../../../common/maps";
import { memberAt } from "../../manifests/shape";
import { filesBelow, inside, isFolder, type SourceTree } from "../repository/tree";
import { type IgnorePattern, ignorePatterns, isIgnored } from "./ignore-patterns";

const ignoreFile = ".sourceignore";

/** What no artifact of Flux has. */
const always = ".git/\n.gitignore\n.gitmodules\n.gitattributes";

/** What one has not where neither its source nor a file says what to leave out. */
const byDefault = [
  "*.jpg,*.jpeg,*.gif,*.png,*.wmv,*.flv,*.tar.gz,*.zip",
  ".github/,.circleci/,.travis.yml,.gitlab-ci.yml,appveyor.yml,.drone.yml,cloudbuild.yaml,codeship-services.yml",
  "codeship-steps.yml,**/.goreleaser.yml,**/.sops.yaml,**/.flux.yaml",
].join(",");

const views = new WeakMap<SourceTree, Map<string, SourceTree>>();

/**
 * The tree as Flux's source-controller packs it: without what `spec.ignore` of the source and `.sourceignore` files leave out, and of the
 * folders of a sparse checkout only those.
 *
 * @param base The folder of the tree that the artifact is made of.
 * @param source The source object, where it is known.
 */
export function artifactTree(tree: SourceTree, base: string, source: unknown): SourceTree {
  const [ignore, sparse] = [memberAt(source, ["spec", "ignore"]), memberAt(source, ["spec", "sparseCheckout"])];
  const key = JSON.stringify([base, ignore ?? null, sparse ?? null]);
  return getOrMake(
    getOrMakeWeak(views, tree, () => new Map<string, SourceTree>()),
    key,
    () => {
      const own = typeof ignore === "string" ? ignore : undefined;
      const folders = Array.isArray(sparse) ? sparse.map((one) => String(one).replace(/^(\.?\/)+|\/+$/g, "")) : [];
      return viewOf(tree, new Packed(tree, base, own, folders));
    },
  );
}

function viewOf(tree: SourceTree, packed: Packed): SourceTree {
  return {
    ...tree,
    read: (at) => (packed.hasFile(at) ? tree.read(at) : undefined),
    list: (at) => (packed.hasFolder(at) ? tree.list(at)?.filter((name) => packed.has(inside(at, name))) : undefined),
  };
}

/** What of a tree is in an artifact. */
class Packed {
  private readonly inFolders = new Map<string, readonly IgnorePattern[]>();
  private readonly files = new Map<string, boolean>();
  private readonly folders = new Map<string, boolean>();
  private readonly own: readonly IgnorePattern[];
  private first: readonly IgnorePattern[] | undefined;

  constructor(
    private readonly tree: SourceTree,
    private readonly base: string,
    ignore: string | undefined,
    private readonly sparse: readonly string[],
  ) {
    this.own = ignorePatterns(ignore ?? "");
  }

  has(at: string): boolean {
    return isFolder(this.tree, at) ? this.hasFolder(at) : this.hasFile(at);
  }

  hasFile(at: string): boolean {
    const path = this.pathOf(at);
    if (path === undefined) return true;
    return getOrMake(this.files, at, () => {
      const folder = path.slice(0, -1).join("/");
      if (this.sparse.length > 0 && !this.sparse.some((one) => folder === one || folder.startsWith(`${one}/`)))
        return false;
      return !isIgnored(this.patternsFor(path), path, false);
    });
  }

  /** A folder that is left out is there all the same where something in it is not. */
  hasFolder(at: string): boolean {
    const path = this.pathOf(at);
    if (path === undefined || path.length === 0) return true;
    return getOrMake(this.folders, at, () => {
      if (this.sparse.length === 0 && !isIgnored(this.patternsFor(path), path, true)) return true;
      return (this.tree.list(at) ?? []).some((name) => this.has(inside(at, name)));
    });
  }

  /** Undefined for what is outside of the artifact's folder. */
  private pathOf(at: string): string[] | undefined {
    if (at === this.base) return [];
    if (this.base === "") return at.split("/");
    return at.startsWith(`${this.base}/`) ? at.slice(this.base.length + 1).split("/") : undefined;
  }

  private patternsFor(path: readonly string[]): readonly IgnorePattern[] {
    this.first ??= ignorePatterns(this.saysNothing() ? `${always}\n${byDefault.replaceAll(",", "\n")}` : always);
    return [...this.first, ...this.inFolder(path.slice(0, -1)), ...this.own];
  }

  private saysNothing(): boolean {
    if (this.own.length > 0) return false;
    try {
      const enters = (name: string) => name !== ".git" && name !== "node_modules";
      return !filesBelow(this.tree, this.base, enters).some(
        (file) => file === ignoreFile || file.endsWith(`/${ignoreFile}`),
      );
    } catch {
      // More than anybody can walk through: whoever renders it says so.
      return true;
    }
  }

  /** Those of the `.sourceignore` of a folder and of those around it, inner ones last. */
  private inFolder(path: readonly string[]): readonly IgnorePattern[] {
    return getOrMake(this.inFolders, path.join("/"), () => {
      const content = this.tree.read(inside([this.base, ...path].filter(Boolean).join("/"), ignoreFile));
      const around = path.length === 0 ? [] : this.inFolder(path.slice(0, -1));
      return content === undefined
        ? around
        : [...around, ...ignorePatterns(Buffer.from(content).toString("utf8"), path)];
    });
  }
}
