import path from "node:path";
import { getOrMakeWeak } from "../../../common/maps";
import { filesBelow, isFolder, joined, normalAddress, type SourceTree } from "../repository/tree";

/** A folder that a pipeline or a script of this repository pushes as an artifact. */
interface PushedArtifact {
  /** The folder in the tree. */
  folder: string;
  /** The addresses that it may be pushed to: as written, up to a tag or a variable. */
  addresses: readonly string[];
}

/** Folders and files where a repository keeps the commands of its pipelines and scripts. */
const scriptFolders = [
  ".github",
  ".gitea",
  ".forgejo",
  ".gitlab",
  ".taskfiles",
  ".just",
  "scripts",
  "script",
  "hack",
  "ci",
  ".ci",
];
const scriptFiles = /^(Makefile|GNUmakefile|\.?justfile|Taskfile\.ya?ml|\.gitlab-ci\.ya?ml|[^/]+\.(sh|mk|just))$/i;

const pushedByTree = new WeakMap<SourceTree, readonly PushedArtifact[]>();

/**
 * The folder of the tree that an artifact is made of, found by the `flux push artifact` command in the repository's pipelines and scripts that pushes
 * it: the one with its address or, for an artifact of this repository, the only one. Undefined if no such folder is found.
 *
 * @param isOwn Whether the artifact is known to be made of this repository.
 */
export function pushedFolder(tree: SourceTree, address: string | undefined, isOwn: boolean): string | undefined {
  const pushed = getOrMakeWeak(pushedByTree, tree, () => pushedArtifacts(tree));
  const plain = address === undefined ? undefined : normalAddress(address);
  const named = pushed.filter(
    ({ addresses }) => plain !== undefined && addresses.some((one) => isAddressOf(plain, one)),
  );
  const found = new Set((named.length > 0 ? named : isOwn ? pushed : []).map(({ folder }) => folder));
  return found.size === 1 ? [...found][0] : undefined;
}

/** Whether an address is the written one. One that a variable completes must at least name a registry and an owner. */
function isAddressOf(address: string, written: string): boolean {
  if (!written.endsWith("$")) return address === normalAddress(written);
  const prefix = written.slice("oci://".length, -1).toLowerCase();
  return /^[^/]+\/[^/]+\//.test(prefix) && address.startsWith(prefix);
}

/** The OCI addresses in a text, each up to its tag or up to and including the `$` of a variable. */
const addressesIn = (text: string): string[] =>
  [...text.matchAll(/oci:\/\/[^\s"'`$:{}@]+(?::\d+\/[^\s"'`$:{}@]+)?\$?/g)].map(([one]) => one);

function pushedArtifacts(tree: SourceTree): PushedArtifact[] {
  const own = (tree.list("") ?? []).filter((name) => scriptFiles.test(name));
  const within = scriptFolders.filter((folder) => isFolder(tree, folder)).flatMap((folder) => filesBelow(tree, folder));
  return [...own, ...within].flatMap((file) => {
    const content = tree.read(file);
    if (content === undefined || content.length > 1 << 18) return [];
    const text = Buffer.from(content)
      .toString("utf8")
      .replaceAll(/\\\r?\n\s*/g, " ");
    const commands = [...text.matchAll(/\bflux push artifact\b([^\n]*)/g)].map(([, rest = ""]) => rest);
    if (commands.length === 0) return [];
    const addresses = addressesIn(text);
    return commands.flatMap((command): PushedArtifact[] => {
      const [, written] = /(?:--path|-f)[= ]+["']?([^\s"']+)/.exec(command) ?? [];
      const folder = written === undefined ? undefined : folderFrom(tree, file, written);
      if (folder === undefined) return [];
      const named = addressesIn(command);
      return [{ folder, addresses: named.length > 0 ? named : addresses }];
    });
  });
}

/** Resolves a path in a script, which may be relative to the root or to the script's folder. */
function folderFrom(tree: SourceTree, file: string, written: string): string | undefined {
  return ["", path.posix.dirname(file).replace(/^\.$/, "")]
    .map((base) => joined(base, written.replace(/^\.\/(?=\.\.?\/)/, "")))
    .find((folder) => folder !== undefined && isFolder(tree, folder));
}
