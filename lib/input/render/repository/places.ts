import { isFolder, joined, type SourceTree } from "./tree";

/** A folder that a path leads to. */
export interface Place {
  folder: string;
  /** What the path is from. */
  base: string;
}

/** A path from a repository's root, where that is the tree's, or a folder that the user named. */
export const inTree = (tree: SourceTree, at: string): string | undefined => placeInTree(tree, at)?.folder;

/** Where such a path leads. Undefined where it leads to no folder. */
export function placeInTree(tree: SourceTree, at: string): Place | undefined {
  return ["", ...tree.named, ...tree.named.flatMap(ancestors)]
    .map((base) => placeBelow(tree, base, at))
    .find((place) => place !== undefined);
}

/** Where a path from a base leads. Undefined where it leads to no folder. */
export function placeBelow(tree: SourceTree, base: string, at: string): Place | undefined {
  const folder = joined(base, at.replace(/^\/+/, ""));
  return folder !== undefined && isFolder(tree, folder) ? { folder, base } : undefined;
}

/** The folders around a folder, from the nearest to the root. */
export function ancestors(folder: string): string[] {
  const parts = folder.split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index - 1).join("/"));
}
