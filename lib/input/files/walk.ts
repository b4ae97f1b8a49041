import path from "node:path";
import { compareText } from "../../common/text";
import { isLibrary, type Language, languageOf } from "./languages";

/** More than any repository has; the objects of each take memory that its size does not tell. */
const mostManifests = 200_000;

const extensions = new Set([".yaml", ".yml", ".json"]);

/** Something that has folders, files and symbolic links: the file system, or a revision of git. */
export interface FileTree {
  /** What a folder has, in any order. */
  list(folder: string): Entry[];
  /** What a symbolic link leads to, behind every other link; undefined where that is nothing. */
  follow(link: string): Place | undefined;
  /** The path that a symbolic link holds. */
  targetOf(link: string): string;
  join(folder: string, name: string): string;
}

export interface Entry {
  name: string;
  kind: "folder" | "file" | "link";
}

export interface Place {
  /** The path that leads through no link. */
  real: string;
  isFolder: boolean;
}

/** A file that was found, by a path that may lead through links, and which one it is behind them. */
export interface FoundFile {
  file: string;
  real: string;
}

export interface Found {
  files: FoundFile[];
  /** Links named like manifests that lead nowhere, and where that is. */
  lost: { file: string; target: string }[];
  /** Folders that cannot be listed, and why. */
  closed: { file: string; error: unknown }[];
  /** What is not read although there may be manifests in it. */
  passed: PassedOver[];
  /** Whether something was left out because it had been seen. */
  repeats: boolean;
}

/** A folder of installed packages, a compressed manifest, or a program that prints manifests. */
export interface PassedOver {
  file: string;
  isFolder: boolean;
  /** The language of a program, which has to be run by its own tool. */
  language?: Language;
}

/**
 * The manifests below a folder, with links followed as if what they lead to stood there. Each folder and file counts once, by its own path
 * where that is below the folder too: folders that link to each other have no end of paths. A link to a folder that the search is
 * in is a loop and not followed.
 *
 * @param folder How the folder is called in the result.
 * @param real The same behind all links.
 * @param seen What is not to be found again; what is found is added.
 * @throws for more manifests than there is memory for
 */
export function manifestsBelow(tree: FileTree, folder: string, real: string, seen = new Set<string>()): Found {
  const found: Found = { files: [], lost: [], closed: [], passed: [], repeats: false };
  const links: FoundFile[] = [];
  const isNew = (place: string) => {
    if (!seen.has(place)) return seen.add(place);
    found.repeats = true;
    return false;
  };
  const add = (file: string, place: string) => {
    if (!isManifestName(path.basename(file)) || !isNew(place)) return;
    if (found.files.push({ file, real: place }) > mostManifests)
      throw new Error(`there are more than ${mostManifests} manifests in it; name the folders that are meant`);
  };
  const enter = (shown: string, place: string) => {
    if (!isNew(place)) return;
    const entries = listed(tree, shown, place, found);
    // What git calls a repository is no folder of manifests; any other folder may have the name.
    const isRepository = (place: string) => tree.list(place).some(({ name }) => name === "HEAD");
    for (const { name, kind } of entries) {
      const next = { file: tree.join(shown, name), real: tree.join(place, name) };
      const isInstalled = kind !== "file" && name === "node_modules";
      const isPassed = isInstalled || (kind !== "folder" && /\.(ya?ml|json)\.gz$/i.test(name));
      if (isPassed) found.passed.push({ file: next.file, isFolder: isInstalled });
      if (isPassed || (name === ".git" && (kind !== "folder" || isRepository(next.real)))) continue;
      const language = kind === "folder" ? undefined : languageOf(name);
      if (language !== undefined && isNew(next.real) && !isLibrary(next.real))
        found.passed.push({ file: next.file, isFolder: false, language });
      if (kind === "link") links.push(next);
      else if (kind === "folder") enter(next.file, next.real);
      else add(next.file, next.real);
    }
  };
  enter(folder, real);
  // Folders behind links add links of their own.
  for (const { file, real: link } of links) {
    const target = tree.follow(link);
    if (target === undefined) {
      if (isManifestName(path.basename(file))) found.lost.push({ file, target: tree.targetOf(link) });
    } else if (!target.isFolder) add(file, target.real);
    else if (!real.startsWith(insideOf(tree, target.real)) && real !== target.real) enter(file, target.real);
  }
  found.files.sort((a, b) => compareText(inOrder(a.file), inOrder(b.file)));
  return found;
}

function listed(tree: FileTree, shown: string, folder: string, { closed }: Found): Entry[] {
  try {
    return tree.list(folder);
  } catch (error) {
    closed.push({ file: shown, error });
    return [];
  }
}

/** Hidden files, too: kubectl reads them; and the name without an ending that Kustomize takes. */
export function isManifestName(name: string): boolean {
  return (
    extensions.has(path.extname(name).toLowerCase()) || extensions.has(name.toLowerCase()) || name === "Kustomization"
  );
}

/** How every path inside a folder begins, with the separator of the tree. */
const insideOf = (tree: FileTree, folder: string) => tree.join(folder, "x").slice(0, -1);

/** Folder by folder: as text, `a-b/x` would come before `a/x`. */
const inOrder = (file: string) => file.replaceAll(/[\\/]/g, "\0");
