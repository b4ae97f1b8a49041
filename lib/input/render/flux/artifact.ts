import { getOrMake, getOrMakeWeak } from "../../../common/maps";
import { memberAt } from "../../manifests/shape";
import { filesBelow, inside, isFolder, type SourceTree } from "../repository/tree";
import { type IgnorePattern, ignorePatterns, isIgnored } from "./ignore-patterns";

const ignoreFile = ".sourceignore";

/** Patterns of files that are never part of an artifact. */
const alwaysIgnored = ".git/\n.gitignore\n.gitmodules\n.gitattributes";

/** Patterns that apply unless the source or a `.sourceignore` sets its own. */
const ignoredByDefault = [
  "*.jpg,*.jpeg,*.gif,*.png,*.wmv,*.flv,*.tar.gz,*.zip",
  ".github/,.circleci/,.travis.yml,.gitlab-ci.yml,appveyor.yml,.drone.yml,cloudbuild.yaml,codeship-services.yml",
  "codeship-steps.yml,**/.goreleaser.yml,**/.sops.yaml,**/.flux.yaml",
].join(",");

const views = new WeakMap<SourceTree, Map<string, SourceTree>>();

/**
 * The tree as Flux's source-controller packs it: without the files that `spec.ignore` of the source and `.sourceignore` files exclude, and only with
 * the folders of a sparse checkout, if it has one.
 *
 * @param base The folder of the tree that is packed.
 * @param source The source object. Undefined if it is unknown.
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
      return viewOf(tree, new ArtifactContents(tree, base, own, folders));
    },
  );
}

function viewOf(tree: SourceTree, packed: ArtifactContents): SourceTree {
  return {
    ...tree,
    read: (at) => (packed.hasFile(at) ? tree.read(at) : undefined),
    list: (at) => (packed.hasFolder(at) ? tree.list(at)?.filter((name) => packed.has(inside(at, name))) : undefined),
  };
}

/** Decides which paths of a tree are in an artifact. */
class ArtifactContents {
  private readonly folderPatterns = new Map<string, readonly IgnorePattern[]>();
  private readonly files = new Map<string, boolean>();
  private readonly folders = new Map<string, boolean>();
  private readonly sourcePatterns: readonly IgnorePattern[];
  private builtinPatterns: readonly IgnorePattern[] | undefined;

  constructor(
    private readonly tree: SourceTree,
    private readonly base: string,
    ignore: string | undefined,
    private readonly sparse: readonly string[],
  ) {
    this.sourcePatterns = ignorePatterns(ignore ?? "");
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

  /** An excluded folder exists all the same if anything in it is included. */
  hasFolder(at: string): boolean {
    const path = this.pathOf(at);
    if (path === undefined || path.length === 0) return true;
    return getOrMake(this.folders, at, () => {
      if (this.sparse.length === 0 && !isIgnored(this.patternsFor(path), path, true)) return true;
      return (this.tree.list(at) ?? []).some((name) => this.has(inside(at, name)));
    });
  }

  /** The path relative to the artifact's folder, in parts. Undefined outside of that folder. */
  private pathOf(at: string): string[] | undefined {
    if (at === this.base) return [];
    if (this.base === "") return at.split("/");
    return at.startsWith(`${this.base}/`) ? at.slice(this.base.length + 1).split("/") : undefined;
  }

  private patternsFor(path: readonly string[]): readonly IgnorePattern[] {
    this.builtinPatterns ??= ignorePatterns(
      this.hasNoIgnoreRules() ? `${alwaysIgnored}\n${ignoredByDefault.replaceAll(",", "\n")}` : alwaysIgnored,
    );
    return [...this.builtinPatterns, ...this.patternsInFolder(path.slice(0, -1)), ...this.sourcePatterns];
  }

  private hasNoIgnoreRules(): boolean {
    if (this.sourcePatterns.length > 0) return false;
    try {
      const enters = (name: string) => name !== ".git" && name !== "node_modules";
      return !filesBelow(this.tree, this.base, enters).some(
        (file) => file === ignoreFile || file.endsWith(`/${ignoreFile}`),
      );
    } catch {
      // The tree is too large to walk. Rendering reports that.
      return true;
    }
  }

  /** The patterns in the `.sourceignore` files of a folder and its parents, innermost last. */
  private patternsInFolder(path: readonly string[]): readonly IgnorePattern[] {
    return getOrMake(this.folderPatterns, path.join("/"), () => {
      const content = this.tree.read(inside([this.base, ...path].filter(Boolean).join("/"), ignoreFile));
      const around = path.length === 0 ? [] : this.patternsInFolder(path.slice(0, -1));
      return content === undefined
        ? around
        : [...around, ...ignorePatterns(Buffer.from(content).toString("utf8"), path)];
    });
  }
}
