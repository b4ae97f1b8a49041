import path from "node:path";
import { compareText } from "../../common/text";
import { isLibrary, type Language, languageOf } from "./languages";
import { isTerraform } from "./terraform";

/** More files than any real repository has. Their objects take memory that their size does not show. */
const maxManifests = 200_000;

const extensions = new Set([".yaml", ".yml", ".json"]);

/** A tree of folders, files and symbolic links: the file system, or a git revision. */
export interface FileTree {
  /** The entries of a folder, in any order. */
  list(folder: string): Entry[];
  /** What a symbolic link finally leads to. Undefined if it dangles. */
  follow(link: string): Place | undefined;
  /** The path written in a symbolic link. */
  targetOf(link: string): string;
  join(folder: string, name: string): string;
}

export interface Entry {
  name: string;
  kind: "folder" | "file" | "link";
}

export interface Place {
  /** The path without links. */
  real: string;
  isFolder: boolean;
}

/** A file that was found, with its path, which may contain links, and its real path. */
export interface FoundFile {
  file: string;
  real: string;
}

export interface Found {
  files: FoundFile[];
  /** Dangling links with the name of a manifest, and their targets. */
  lost: { file: string; target: string }[];
  /** Folders that cannot be listed, each with the reason. */
  closed: { file: string; error: unknown }[];
  /** What is skipped although it may hold manifests. */
  passed: PassedOver[];
  /** Whether something was skipped because it had been found before. */
  repeats: boolean;
}

/** A folder of installed packages, a compressed manifest, or a program that prints manifests. */
export interface PassedOver {
  file: string;
  isFolder: boolean;
  /** The language of a program, which needs its own tool to run. */
  language?: Language;
}

/**
 * The manifests below a folder. Links are followed as if their targets were in their place. Each folder and file is found once, by its own path if
 * that is below the folder, because folders that link to each other have infinitely many paths. A link to a parent folder is a loop and is not
 * followed.
 *
 * @param folder The folder's path in the result.
 * @param real The folder's real path.
 * @param seen Real paths to skip. Receives those that are found.
 * @throws Error for more manifests than fit into memory
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
    if (found.files.push({ file, real: place }) > maxManifests)
      throw new Error(`there are more than ${maxManifests} manifests in it; name the folders that are meant`);
  };
  const enter = (shown: string, place: string) => {
    if (!isNew(place)) return;
    const entries = listed(tree, shown, place, found);
    // A `.git` folder is skipped only if it is a repository.
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
  // Linked folders may add further links.
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

/**
 * Whether a file has the name of a manifest, or of Terraform, which may create objects. Hidden files count, because kubectl reads them, and so does
 * `Kustomization`, which has no extension.
 */
export function isManifestName(name: string): boolean {
  return (
    extensions.has(path.extname(name).toLowerCase()) ||
    extensions.has(name.toLowerCase()) ||
    name === "Kustomization" ||
    isTerraform(name)
  );
}

/** The prefix of every path inside a folder, with the tree's separator. */
const insideOf = (tree: FileTree, folder: string) => tree.join(folder, "x").slice(0, -1);

/** Compares paths folder by folder: as text, `a-b/x` would come before `a/x`. */
const inOrder = (file: string) => file.replaceAll(/[\\/]/g, "\0");
