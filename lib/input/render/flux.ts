import type { LocatedDocument, RenderGap } from "../manifests/document";
import { isRecord, memberAt } from "../manifests/shape";
import { artifactTree } from "./artifact";
import { goYaml } from "./go-yaml";
import { kustomizationIn } from "./kustomization-files";
import type { Missing } from "./missing";
import { pushedFolder } from "./pushed-artifacts";
import { identityOf, type ReferencedObjects } from "./referenced-objects";
import type { Variables } from "./substitute";
import { inside, isFolder, joined, normalAddress, type SourceTree, WalkLimit } from "./tree";

export const textAt = (value: unknown, ...path: string[]): string | undefined => {
  const found = memberAt(value, path);
  return typeof found === "string" && found !== "" ? found : undefined;
};

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
  const own = tree.addresses;
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

/** A path from a repository's root, where that is the tree's, or a folder that the user named. */
export const inTree = (tree: SourceTree, at: string): string | undefined => placeInTree(tree, at)?.folder;

function placeInTree(tree: SourceTree, at: string): Place | undefined {
  return ["", ...tree.named, ...tree.named.flatMap(ancestors)]
    .map((base) => placeBelow(tree, base, at))
    .find((place) => place !== undefined);
}

interface Place {
  folder: string;
  /** What its path is from. */
  base: string;
}

function placeBelow(tree: SourceTree, base: string, at: string): Place | undefined {
  const folder = joined(base, at.replace(/^\/+/, ""));
  return folder !== undefined && isFolder(tree, folder) ? { folder, base } : undefined;
}

export function ancestors(folder: string): string[] {
  const parts = folder.split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index - 1).join("/"));
}

/** Never in a repository, though in a folder of one. */
const leftOut = /^(\.git|node_modules)$/;

/** The kustomization that Flux builds for a Kustomization: the folder's own, or a generated one of all its manifests, with the object's settings. */
export function fluxKustomization(tree: SourceTree, folder: string, object: unknown): Record<string, unknown> {
  const spec = memberAt(object, ["spec"]);
  const file = kustomizationIn(tree, folder);
  const own: unknown = file === undefined ? undefined : goYaml(tree.read(file));
  const result: Record<string, unknown> = isRecord(own)
    ? { ...own }
    : { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: generated(tree, folder) };
  const namespace = textAt(spec, "targetNamespace");
  if (namespace !== undefined) result.namespace = namespace;
  for (const affix of ["namePrefix", "nameSuffix"]) {
    const text = textAt(spec, affix);
    if (text !== undefined) result[affix] = text;
  }
  for (const list of ["patches", "patchesStrategicMerge", "patchesJson6902", "components", "images"]) {
    const added = memberAt(spec, [list]);
    if (!Array.isArray(added) || added.length === 0) continue;
    const before = Array.isArray(result[list]) ? (result[list] as unknown[]) : [];
    const items = list === "patchesStrategicMerge" ? added.map((patch) => `${JSON.stringify(patch)}\n`) : added;
    const present = memberAt(spec, ["ignoreMissingComponents"]) === true && list === "components";
    result[list] = [
      ...before,
      ...items.filter((item) => !present || isFolder(tree, joined(folder, String(item)) ?? "")),
    ];
  }
  const metadata = memberAt(spec, ["commonMetadata"]);
  if (isRecord(metadata) && isRecord(metadata.labels)) {
    const labels = Array.isArray(result.labels) ? (result.labels as unknown[]) : [];
    result.labels = [...labels, { pairs: metadata.labels }];
  }
  if (isRecord(metadata) && isRecord(metadata.annotations)) {
    result.commonAnnotations = {
      ...(isRecord(result.commonAnnotations) ? result.commonAnnotations : {}),
      ...metadata.annotations,
    };
  }
  return result;
}

/** The manifests below a folder. A folder that is a kustomization counts as one. */
function generated(tree: SourceTree, folder: string, prefix = ".", walked = new WalkLimit()): string[] {
  walked.enter(folder);
  return (tree.list(folder) ?? []).flatMap((name) => {
    const at = inside(folder, name);
    const shown = `${prefix}/${name}`;
    if (!isFolder(tree, at)) return /\.ya?ml$/.test(name) ? [shown] : [];
    if (leftOut.test(name)) return [];
    return kustomizationIn(tree, at) === undefined ? generated(tree, at, shown, walked) : [shown];
  });
}

/** The variables of a Kustomization, and the objects that it takes unknown ones from. Undefined where it substitutes nothing. */
export function variablesOf(
  document: LocatedDocument,
  known: ReferencedObjects,
): { variables: Variables; unknown: string[] } | undefined {
  const build = memberAt(document.value, ["spec", "postBuild"]);
  if (!isRecord(build)) return undefined;
  const namespace = identityOf(document)?.namespace ?? "default";
  const variables = new Map<string, string>();
  const unknown: string[] = [];
  for (const source of Array.isArray(build.substituteFrom) ? build.substituteFrom : []) {
    const [kind, name] = [textAt(source, "kind") ?? "ConfigMap", textAt(source, "name") ?? ""];
    const data = known.data(kind, namespace, name);
    if (data === undefined) unknown.push(`${kind} ${name}`);
    for (const [key, text] of data ?? []) variables.set(key, text.replaceAll("\n", ""));
  }
  for (const [key, value] of Object.entries(isRecord(build.substitute) ? build.substitute : {})) {
    variables.set(key, String(value).replaceAll("\n", ""));
  }
  return variables.size === 0 && unknown.length === 0 ? undefined : { variables, unknown };
}

/** Why an object is not rendered, where it is for another cluster. Undefined otherwise. */
export function otherCluster(document: LocatedDocument): Missing | undefined {
  const config = memberAt(document.value, ["spec", "kubeConfig"]);
  if (!isRecord(config)) return undefined;
  const [kind, name] = isRecord(config.secretRef)
    ? ["Secret", textAt(config, "secretRef", "name")]
    : ["ConfigMap", textAt(config, "configMapRef", "name")];
  return {
    missing: "it is for another cluster, and an answer is about one cluster",
    detail: `that of the kubeConfig in ${kind} ${name ?? ""}`.trim(),
    fix: "Evaluate what it applies separately",
  };
}

/** The gap of an object that Flux has suspended. Undefined otherwise. */
export function suspended(document: LocatedDocument): RenderGap | undefined {
  if (memberAt(document.value, ["spec", "suspend"]) !== true) return undefined;
  return {
    reason: "it is suspended, so what runs may be older than what is here",
    fix: "Resume it, or compare with the running cluster",
  };
}
