import path from "node:path";
import { RevisionObjects } from "../../files/git";
import { addressesOf, inside, type SourceTree } from "./tree";

/**
 * The repository at a revision, read from git's objects. Nothing is checked out.
 *
 * @param revision The revision. Its files are called `REVISION:FILE` in messages.
 * @returns undefined if there is no such revision
 */
export function revisionTree(revision: string, names: readonly string[]): SourceTree | undefined {
  const objects = RevisionObjects.of(revision);
  if (objects === undefined) return undefined;
  const { here, root } = objects;
  const prefix = `${revision}:`;
  return {
    read: (at) => objects.read(at),
    list: (at) => {
      const names = objects.list(at);
      const around = objects.realPath(at) ?? at;
      // A link to a parent folder would be followed forever.
      return names?.filter((name) => {
        const target = objects.realPath(inside(at, name));
        return target === undefined || !(target === "" || target === around || around.startsWith(`${target}/`));
      });
    },
    pathOf: (file) => {
      if (!file.startsWith(prefix)) return undefined;
      const at = path.posix.join(here, file.slice(prefix.length));
      return at.startsWith("../") ? undefined : objects.realPath(at);
    },
    displayName: (at) => `${prefix}${path.posix.relative(here, at)}`,
    inputFolders: names
      .map((name) => path.posix.join(here, name.replaceAll(path.sep, "/")).replace(/^\.?\/?$|\/$/, ""))
      .map((name) => (name === "." ? "" : name)),
    addresses: addressesOf(root),
  };
}
