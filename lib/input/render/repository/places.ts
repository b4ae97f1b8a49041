import { isFolder, joined, type SourceTree } from "./tree";

/** The folder that a path refers to. */
export interface Place {
  folder: string;
  /** The folder that the path was resolved against. */
  base: string;
}

/** The folder of the tree that a path from a repository's root refers to; see {@link placeInTree}. */
export const folderInTree = (tree: SourceTree, at: string): string | undefined => placeInTree(tree, at)?.folder;

/**
 * Resolves a path from a repository's root. That root may be the tree's root, an input folder, or a folder around one. Undefined if there is no such
 * folder.
 */
export function placeInTree(tree: SourceTree, at: string): Place | undefined {
  return ["", ...tree.inputFolders, ...tree.inputFolders.flatMap(ancestors)]
    .map((base) => placeBelow(tree, base, at))
    .find((place) => place !== undefined);
}

/** Resolves a path from a base. Undefined if there is no such folder. */
export function placeBelow(tree: SourceTree, base: string, at: string): Place | undefined {
  const folder = joined(base, at.replace(/^\/+/, ""));
  return folder !== undefined && isFolder(tree, folder) ? { folder, base } : undefined;
}

/** The parent folders of a folder, nearest first, up to the root. */
export function ancestors(folder: string): string[] {
  const parts = folder.split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index - 1).join("/"));
}
