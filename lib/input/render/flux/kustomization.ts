import type { LocatedDocument, RenderGap } from "../../manifests/document";
import { isRecord, memberAt, textAt } from "../../manifests/shape";
import { kustomizationIn } from "../kustomize/kustomization-files";
import { goYaml } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import { identityOf, type ReferencedObjects } from "../objects/referenced-objects";
import { inside, isFolder, joined, type SourceTree, WalkLimit } from "../repository/tree";
import type { Variables } from "./substitute";

/** Folders that a working tree may have, but a repository never has. */
const neverInRepository = /^(\.git|node_modules)$/;

/**
 * The kustomization.yaml that Flux's kustomize-controller builds for a Kustomization: the folder's own, or one that lists all its manifests, with the
 * settings of the object added.
 */
export function fluxKustomization(tree: SourceTree, folder: string, object: unknown): Record<string, unknown> {
  const spec = memberAt(object, ["spec"]);
  const file = kustomizationIn(tree, folder);
  const own: unknown = file === undefined ? undefined : goYaml(tree.read(file));
  const result: Record<string, unknown> = isRecord(own)
    ? { ...own }
    : { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: manifestsBelow(tree, folder) };
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

/** The manifests below a folder, as paths relative to it. A folder with a kustomization is listed instead of its files. */
function manifestsBelow(tree: SourceTree, folder: string, prefix = ".", walked = new WalkLimit()): string[] {
  walked.enter(folder);
  return (tree.list(folder) ?? []).flatMap((name) => {
    const at = inside(folder, name);
    const shown = `${prefix}/${name}`;
    if (!isFolder(tree, at)) return /\.ya?ml$/.test(name) ? [shown] : [];
    if (neverInRepository.test(name)) return [];
    return kustomizationIn(tree, at) === undefined ? manifestsBelow(tree, at, shown, walked) : [shown];
  });
}

/** What a Kustomization substitutes. */
export interface Substitution {
  /** The variables whose values are known. */
  variables: Variables;
  /** The objects with values that are unknown. */
  unknown: string[];
  /** Whether a variable that is not among those known may come from one of these objects. */
  isUnknown(name: string): boolean;
}

/** The variables of a Kustomization. Undefined if it substitutes nothing. */
export function variablesOf(document: LocatedDocument, referenced: ReferencedObjects): Substitution | undefined {
  const build = memberAt(document.value, ["spec", "postBuild"]);
  if (!isRecord(build)) return undefined;
  const namespace = identityOf(document)?.namespace ?? "default";
  const variables = new Map<string, string>();
  const unknown: string[] = [];
  const unknownNames = new Set<string>();
  let isAnyUnknown = false;
  for (const source of Array.isArray(build.substituteFrom) ? build.substituteFrom : []) {
    const [kind, name] = [textAt(source, "kind") ?? "ConfigMap", textAt(source, "name") ?? ""];
    const data = referenced.data(kind, namespace, name);
    if (data === undefined) {
      unknown.push(`${kind} ${name}`);
      // SOPS encrypts values, not keys.
      const keys = referenced.encryptedKeys(kind, namespace, name);
      if (keys === undefined) isAnyUnknown = true;
      for (const key of keys ?? []) {
        variables.delete(key);
        unknownNames.add(key);
      }
    }
    for (const [key, text] of data ?? []) variables.set(key, text.replaceAll("\n", ""));
  }
  for (const [key, value] of Object.entries(isRecord(build.substitute) ? build.substitute : {})) {
    variables.set(key, String(value).replaceAll("\n", ""));
  }
  return variables.size === 0 && unknown.length === 0
    ? undefined
    : { variables, unknown, isUnknown: (name) => isAnyUnknown || unknownNames.has(name) };
}

/** Why an object for another cluster is not rendered. Undefined if it is for this cluster. */
export function otherCluster(document: LocatedDocument): Missing | undefined {
  const config = memberAt(document.value, ["spec", "kubeConfig"]);
  if (!isRecord(config)) return undefined;
  const [kind, name] = isRecord(config.secretRef)
    ? ["Secret", textAt(config, "secretRef", "name")]
    : ["ConfigMap", textAt(config, "configMapRef", "name")];
  return {
    missing: "it is for another cluster, and only one cluster is evaluated",
    detail: `that of the kubeConfig in ${kind} ${name ?? ""}`.trim(),
    fix: "Evaluate what it applies separately",
  };
}

/** The gap of an object that Flux does not reconcile because it is suspended. Undefined if it is not suspended. */
export function suspended(document: LocatedDocument): RenderGap | undefined {
  if (memberAt(document.value, ["spec", "suspend"]) !== true) return undefined;
  return {
    reason: "it is suspended, so what runs may be older than what is here",
    fix: "Resume it, or compare with the running cluster",
  };
}
