import { isRecord, memberAt, textAt } from "../../manifests/shape";
import type { Missing } from "../objects/missing";
import type { ReferencedObjects } from "../objects/referenced-objects";
import { folderInTree, placeBelow, placeInTree } from "../repository/places";
import { isFolder, joined, normalAddress, type SourceTree } from "../repository/tree";
import { artifactTree } from "./artifact";
import { pushedFolder } from "./pushed-artifacts";

/** A folder in a source's artifact, and the tree as the artifact holds it. */
export interface SourceFolder {
  folder: string;
  tree: SourceTree;
}

/**
 * The folder of the tree that a Flux object takes from its source: `path` of a Kustomization, `chart` of a HelmRelease. Or why there is none, such as
 * a source that is another repository.
 */
export function folderOfSource(
  tree: SourceTree,
  referenced: ReferencedObjects,
  reference: unknown,
  namespace: string,
  at: string,
): SourceFolder | Missing {
  const fix = "Give the output of `flux build` for it too";
  const kind = textAt(reference, "kind") ?? "GitRepository";
  const name = textAt(reference, "name") ?? "";
  const source = referenced.find(kind, textAt(reference, "namespace") ?? namespace, name);
  const address = textAt(source?.value, "spec", "url");
  const own = tree.addresses.length > 0 ? tree.addresses : syncedAddresses(referenced);
  const isNamed =
    address !== undefined && own.some((one) => repositoryName(one) === repositoryName(normalAddress(address)));
  if (kind === "GitRepository" && address !== undefined && own.length > 0 && name !== "flux-system" && !isNamed)
    return { missing: "its source is another repository", detail: `${kind} ${name}, ${address}`, fix };
  if (kind === "ExternalArtifact") {
    const folder = folderCopiedTo(tree, referenced, name, at);
    return folder === undefined ? folderMissing(kind, name, at, fix) : { folder, tree };
  }
  const isArtifact = kind === "OCIRepository" || kind === "Bucket";
  const isOwn = name === "flux-system" || isNamed;
  const pushed = kind === "OCIRepository" ? pushedFolder(tree, address, isOwn) : undefined;
  // An artifact that has a folder of this repository's is taken for one of this repository. Nothing tells that of an artifact's root.
  if (isArtifact && !isOwn && pushed === undefined && joined("", at.replace(/^\/+/, "")) === "")
    return {
      missing: "its source is an artifact elsewhere",
      detail: `${kind} ${name}${address === undefined ? "" : `, ${address}`}`,
      fix,
    };
  const found = pushed === undefined ? placeInTree(tree, at) : placeBelow(tree, pushed, at);
  if (found === undefined) return folderMissing(kind, name, at, fix);
  const packed = artifactTree(tree, found.base, source?.value);
  if (isFolder(packed, found.folder)) return { folder: found.folder, tree: packed };
  return {
    missing: `its source ${kind} ${name} excludes its folder`,
    detail: at,
    fix: "Fix the patterns that the source ignores",
  };
}

/** The addresses that Flux itself is set up to sync with, by `flux bootstrap` or a FluxInstance: those of this repository. */
const syncedAddresses = (referenced: ReferencedObjects): string[] =>
  [
    ...referenced
      .ofKind("GitRepository")
      .filter(({ value }) => textAt(value, "metadata", "name") === "flux-system")
      .map(({ value }) => memberAt(value, ["spec"])),
    ...referenced
      .ofKind("FluxInstance")
      .map(({ value }) => memberAt(value, ["spec", "sync"]))
      .filter((sync) => (textAt(sync, "kind") ?? "GitRepository") === "GitRepository"),
  ].flatMap((spec) => normalAddress(textAt(spec, "url") ?? "") || []);

const folderMissing = (kind: string, name: string, at: string, fix: string): Missing => ({
  missing: `its source ${kind} ${name} has no such folder here`,
  detail: at,
  fix,
});

/** The folder of the tree that an ArtifactGenerator copies to a path of an artifact. Only copies of whole folders are followed. */
function folderCopiedTo(tree: SourceTree, referenced: ReferencedObjects, name: string, at: string): string | undefined {
  const wanted = joined("", at) ?? "";
  const artifacts = referenced
    .ofKind("ArtifactGenerator")
    .flatMap(({ value }) => memberAt(value, ["spec", "artifacts"]));
  const copies = artifacts
    .filter((one) => isRecord(one) && one.name === name)
    .flatMap((one) => memberAt(one, ["copy"]));
  const places = copies.flatMap((copy) => {
    const [, from] = /^@[\w-]+\/(.*?)\/?\*\*$/.exec(textAt(copy, "from") ?? "") ?? [];
    const [, to] = /^@artifact\/(.*)$/.exec(textAt(copy, "to") ?? "") ?? [];
    if (from === undefined || to === undefined) return [];
    const base = joined("", to || ".") ?? "";
    if (base !== "" && wanted !== base && !wanted.startsWith(`${base}/`)) return [];
    return (
      folderInTree(tree, [from, base === "" ? wanted : wanted.slice(base.length + 1)].filter(Boolean).join("/")) ?? []
    );
  });
  return places[0];
}

const repositoryName = (address: string) => address.slice(address.lastIndexOf("/") + 1);
