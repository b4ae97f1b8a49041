import type { OwnedPaths, Renderable } from "./objects/renderable";

/**
 * Which renderables manage which paths of the tree. Objects in a managed file count only if the file's owner renders them: the file itself is not
 * read as a manifest.
 */
export class Ownership {
  private readonly owned: (OwnedPaths & { renderable: Renderable })[];
  /** Renderables whose own file no other renderable manages. */
  readonly roots: readonly Renderable[];

  constructor(renderables: readonly Renderable[], pathsOf: (renderable: Renderable) => OwnedPaths) {
    this.owned = renderables.map((renderable) => ({ renderable, ...pathsOf(renderable) }));
    this.roots = this.owned.filter((one) => !this.isInner(one)).map(({ renderable }) => renderable);
  }

  /** The first renderable that manages a path. */
  ownerOf(at: string): Renderable | undefined {
    return this.owned.find((one) => owns(one, at))?.renderable;
  }

  /** Whether another renderable manages its file. Two that manage each other's files are both roots. */
  private isInner(own: OwnedPaths & { renderable: Renderable }): boolean {
    return this.owned.some(
      (other) => other !== own && owns(other, own.renderable.at) && !owns(own, other.renderable.at),
    );
  }
}

function owns({ folders, files }: OwnedPaths, at: string): boolean {
  return files.has(at) || folders.some((folder) => folder === "" || at === folder || at.startsWith(`${folder}/`));
}
