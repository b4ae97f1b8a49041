import type { OwnedPaths, Renderable } from "./objects/renderable";

/** Which renderables decide about which paths of the tree. The objects at such a path come out of its owner, if at all. */
export class Ownership {
  private readonly owned: (OwnedPaths & { renderable: Renderable })[];
  /** Renderables that no other one owns. */
  readonly roots: readonly Renderable[];

  constructor(renderables: readonly Renderable[], pathsOf: (renderable: Renderable) => OwnedPaths) {
    this.owned = renderables.map((renderable) => ({ renderable, ...pathsOf(renderable) }));
    this.roots = this.owned.filter((one) => !this.isInner(one)).map(({ renderable }) => renderable);
  }

  /** A renderable that decides about a path. */
  ownerOf(at: string): Renderable | undefined {
    return this.owned.find((one) => owns(one, at))?.renderable;
  }

  /** Whether another renderable owns it. Two that own each other are both roots. */
  private isInner(own: OwnedPaths & { renderable: Renderable }): boolean {
    return this.owned.some(
      (other) => other !== own && owns(other, own.renderable.at) && !owns(own, other.renderable.at),
    );
  }
}

function owns({ folders, files }: OwnedPaths, at: string): boolean {
  return files.has(at) || folders.some((folder) => folder === "" || at === folder || at.startsWith(`${folder}/`));
}
