import path from "node:path";
import { getOrMakeWeak } from "../../../common/maps";
import { filesBelow, isFolder, joined, normalAddress, type SourceTree } from "../repository/tree";

/** A folder that a pipeline or a script of this repository pushes as an artifact. */
interface Pushed {
  /** Of the tree. */
  folder: string;
  /** What stands before a variable or a tag in the addresses of the file that says so. */
  addresses: readonly string[];
}

/** Where commands of a repository stand. */
const folders = [
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
const files = /^(Makefile|GNUmakefile|\.?justfile|Taskfile\.ya?ml|\.gitlab-ci\.ya?ml|[^/]+\.(sh|mk|just))$/i;

const known = new WeakMap<SourceTree, readonly Pushed[]>();

/**
 * The folder of the tree of which an artifact is made, where `flux push artifact` stands in a pipeline or a script of the repository and it can be
 * told that it is this one: by its address, or since there is no other.
 *
 * @param isOwn It is known that the artifact is made of this repository.
 */
export function pushedFolder(tree: SourceTree, address: string | undefined, isOwn: boolean): string | undefined {
  const pushed = getOrMakeWeak(known, tree, () => pushedIn(tree));
  const plain = address === undefined ? undefined : normalAddress(address);
  const named = pushed.filter(({ addresses }) => plain !== undefined && addresses.some((one) => belongs(plain, one)));
  const found = new Set((named.length > 0 ? named : isOwn ? pushed : []).map(({ folder }) => folder));
  return found.size === 1 ? [...found][0] : undefined;
}

/** An address that a variable completes has to name an owner at least. */
function belongs(address: string, written: string): boolean {
  if (!written.endsWith("$")) return address === normalAddress(written);
  const prefix = written.slice("oci://".length, -1).toLowerCase();
  return /^[^/]+\/[^/]+\//.test(prefix) && address.startsWith(prefix);
}

/** As far as they stand there: up to a tag or a variable, of which the `$` is kept. */
const addressesIn = (text: string): string[] =>
  [...text.matchAll(/oci:\/\/[^\s"'`$:{}@]+(?::\d+\/[^\s"'`$:{}@]+)?\$?/g)].map(([one]) => one);

function pushedIn(tree: SourceTree): Pushed[] {
  const own = (tree.list("") ?? []).filter((name) => files.test(name));
  const within = folders.filter((folder) => isFolder(tree, folder)).flatMap((folder) => filesBelow(tree, folder));
  return [...own, ...within].flatMap((file) => {
    const content = tree.read(file);
    if (content === undefined || content.length > 1 << 18) return [];
    const text = Buffer.from(content)
      .toString("utf8")
      .replaceAll(/\\\r?\n\s*/g, " ");
    const commands = [...text.matchAll(/\bflux push artifact\b([^\n]*)/g)].map(([, rest = ""]) => rest);
    if (commands.length === 0) return [];
    const addresses = addressesIn(text);
    return commands.flatMap((command): Pushed[] => {
      const [, written] = /(?:--path|-f)[= ]+["']?([^\s"']+)/.exec(command) ?? [];
      const folder = written === undefined ? undefined : folderFrom(tree, file, written);
      if (folder === undefined) return [];
      const named = addressesIn(command);
      return [{ folder, addresses: named.length > 0 ? named : addresses }];
    });
  });
}

/** A path from the root, or from where the script stands. */
function folderFrom(tree: SourceTree, file: string, written: string): string | undefined {
  return ["", path.posix.dirname(file).replace(/^\.$/, "")]
    .map((base) => joined(base, written.replace(/^\.\/(?=\.\.?\/)/, "")))
    .find((folder) => folder !== undefined && isFolder(tree, folder));
}
