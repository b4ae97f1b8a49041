import { isRecord, memberAt, textAt } from "../../manifests/shape";
import type { Missing } from "../objects/missing";
import type { ReferencedObjects } from "../objects/referenced-objects";
import { inTree, placeBelow, placeInTree } from "../repository/places";
import { isFolder, joined, normalAddress, type SourceTree } from "../repository/tree";
import { artifactTree } from "./artifact";
import { pushedFolder } from "./pushed-artifacts";

/** A folder of what a source packs, and the tree as it is packed. */
export interface SourceFolder {
  folder: string;
  tree: SourceTree;
}

/**
 * The folder of the tree that a Flux object takes from its source: `path` of a Kustomization, `chart` of a HelmRelease. Its source has to be this
 * repository.
 */
export function folderOfSource(
  tree: SourceTree,
  known: ReferencedObjects,
  reference: unknown,
  namespace: string,
  at: string,
): SourceFolder | Missing {
  const fix = "Give the output of `flux build` for it too";
  const kind = textAt(reference, "kind") ?? "GitRepository";
  const name = textAt(reference, "name") ?? "";
  const source = known.find(kind, textAt(reference, "namespace") ?? namespace, name);
  const address = textAt(source?.value, "spec", "url");
  const own = tree.addresses.length > 0 ? tree.addresses : syncedAddresses(known);
  const isNamed = address !== undefined && own.some((one) => lastPart(one) === lastPart(normalAddress(address)));
  if (kind === "GitRepository" && address !== undefined && own.length > 0 && name !== "flux-system" && !isNamed)
    return { missing: "its source is another repository", detail: `${kind} ${name}, ${address}`, fix };
  if (kind === "ExternalArtifact") {
    const folder = copiedFrom(tree, known, name, at);
    return folder === undefined ? noFolder(kind, name, at, fix) : { folder, tree };
  }
  const isArtifact = kind === "OCIRepository" || kind === "Bucket";
  const isOwn = name === "flux-system" || isNamed;
  const pushed = kind === "OCIRepository" ? pushedFolder(tree, address, isOwn) : undefined;
  // An artifact may be made of this repository, by a path of it; of the root of one nothing says that it is this one.
  if (isArtifact && !isOwn && pushed === undefined && joined("", at.replace(/^\/+/, "")) === "")
    return {
      missing: "its source is an artifact elsewhere",
      detail: `${kind} ${name}${address === undefined ? "" : `, ${address}`}`,
      fix,
    };
  const found = pushed === undefined ? placeInTree(tree, at) : placeBelow(tree, pushed, at);
  if (found === undefined) return noFolder(kind, name, at, fix);
  const packed = artifactTree(tree, found.base, source?.value);
  if (isFolder(packed, found.folder)) return { folder: found.folder, tree: packed };
  return {
    missing: `its source ${kind} ${name} leaves out its folder`,
    detail: at,
    fix: "Mend what the source ignores",
  };
}

/** What Flux itself is set up with: it syncs with the repository that it stands in, as `flux bootstrap` and a FluxInstance say. */
const syncedAddresses = (known: ReferencedObjects): string[] =>
  [
    ...known
      .ofKind("GitRepository")
      .filter(({ value }) => textAt(value, "metadata", "name") === "flux-system")
      .map(({ value }) => memberAt(value, ["spec"])),
    ...known
      .ofKind("FluxInstance")
      .map(({ value }) => memberAt(value, ["spec", "sync"]))
      .filter((sync) => (textAt(sync, "kind") ?? "GitRepository") === "GitRepository"),
  ].flatMap((spec) => normalAddress(textAt(spec, "url") ?? "") || []);

const noFolder = (kind: string, name: string, at: string, fix: string): Missing => ({
  missing: `its source ${kind} ${name} has no such folder here`,
  detail: at,
  fix,
});

/** The folder of which an ArtifactGenerator makes the part of an artifact that is at a path: whole folders that it copies are followed. */
function copiedFrom(tree: SourceTree, known: ReferencedObjects, name: string, at: string): string | undefined {
  const wanted = joined("", at) ?? "";
  const artifacts = known.ofKind("ArtifactGenerator").flatMap(({ value }) => memberAt(value, ["spec", "artifacts"]));
  const copies = artifacts
    .filter((one) => isRecord(one) && one.name === name)
    .flatMap((one) => memberAt(one, ["copy"]));
  const places = copies.flatMap((copy) => {
    const [, from] = /^@[\w-]+\/(.*?)\/?\*\*$/.exec(textAt(copy, "from") ?? "") ?? [];
    const [, to] = /^@artifact\/(.*)$/.exec(textAt(copy, "to") ?? "") ?? [];
    if (from === undefined || to === undefined) return [];
    const base = joined("", to || ".") ?? "";
    if (base !== "" && wanted !== base && !wanted.startsWith(`${base}/`)) return [];
    return inTree(tree, [from, base === "" ? wanted : wanted.slice(base.length + 1)].filter(Boolean).join("/")) ?? [];
  });
  return places[0];
}

const lastPart = (address: string) => address.slice(address.lastIndexOf("/") + 1);
