import { parse } from "yaml";
import { mergeValues } from "../../common/helm-values";
import { goRegExp } from "../../kubernetes/schema/go-regexp";
import { isRecord, memberAt } from "../manifests/shape";
import type { LocatedDocument } from "../manifests/yaml";
import { isChart, type Release } from "./chart";
import { inTree } from "./flux";
import { kustomizationFiles, kustomizationIn } from "./kustomization-files";
import type { Missing } from "./missing";
import { filesBelow, inside, joined, normalAddress, type SourceTree } from "./tree";

/** What an Application takes from one of its sources. */
export type ArgoSource =
  | { release: Release }
  | { folder: string; kustomization: Record<string, unknown> }
  /** Manifests as they stand. */
  | { files: string[] }
  | Missing;

const fix = "Give the output of `argocd app manifests NAME` too";

/** Each source of an Application, as Argo CD tells what to do with it. */
export function argoSources(tree: SourceTree, { value }: LocatedDocument): ArgoSource[] {
  const spec = memberAt(value, ["spec"]);
  const several = memberAt(spec, ["sources"]);
  const sources = (Array.isArray(several) ? several : [memberAt(spec, ["source"])]).filter(isRecord);
  if (sources.length === 0) return [{ missing: "it has no source", fix }];
  // A source that is only referred to by others gives no objects.
  return sources
    .filter((source) => source.chart !== undefined || source.path !== undefined)
    .map((source) => argoSource(tree, source, sources, value));
}

/** Where its objects go, unless they say otherwise. */
export const argoNamespace = (value: unknown): string | undefined =>
  text(memberAt(value, ["spec", "destination", "namespace"]));

/** The cluster that an Application is for. */
export function argoCluster(value: unknown): string {
  const destination = memberAt(value, ["spec", "destination"]);
  const [server, name] = [text(memberAt(destination, ["server"])), text(memberAt(destination, ["name"]))];
  return server === undefined || server === "https://kubernetes.default.svc" ? (name ?? "in-cluster") : server;
}

/** The namespace that Argo CD makes for an Application that asks for it, with the labels that it gives it. */
export function argoNamespaceObject(value: unknown): Record<string, unknown> | undefined {
  const policy = memberAt(value, ["spec", "syncPolicy"]);
  const options = memberAt(policy, ["syncOptions"]);
  const name = argoNamespace(value);
  if (name === undefined || !Array.isArray(options) || !options.includes("CreateNamespace=true")) return undefined;
  const metadata = memberAt(policy, ["managedNamespaceMetadata"]);
  return { apiVersion: "v1", kind: "Namespace", metadata: { ...(isRecord(metadata) ? metadata : {}), name } };
}

function argoSource(
  tree: SourceTree,
  source: Record<string, unknown>,
  all: readonly Record<string, unknown>[],
  application: unknown,
): ArgoSource {
  const { repoURL, chart, path: at = "", plugin, helm, kustomize, directory } = source;
  const name = text(memberAt(application, ["metadata", "name"])) ?? "release";
  const namespace = text(memberAt(helm, ["namespace"])) ?? argoNamespace(application) ?? "default";
  if (plugin !== undefined) return { missing: "a plugin of Argo CD makes its manifests", fix };
  const release = (from: Release["chart"], folder: string): ArgoSource => {
    const values = helmValues(tree, folder, helm, all);
    if ("missing" in values) return values;
    const skipCrds = memberAt(helm, ["skipCrds"]) === true;
    const releaseName = text(memberAt(helm, ["releaseName"])) ?? name;
    return {
      release: { name: releaseName, namespace, chart: from, values: values.values, ...(skipCrds && { skipCrds }) },
    };
  };
  const address = text(repoURL) ?? "";
  if (typeof chart === "string") {
    const version = text(source.targetRevision);
    const pinned = version !== undefined && { version };
    const isRepository = /^https?:\/\//.test(address);
    const registry = address.startsWith("oci://") ? address : `oci://${address}`;
    return release(
      isRepository ? { chart, repository: address, ...pinned } : { chart: `${registry}/${chart}`, ...pinned },
      "",
    );
  }
  const folder = typeof at === "string" && isOwn(tree, address) ? inTree(tree, at) : undefined;
  if (folder === undefined) {
    return { missing: "its source has no such folder here", detail: `${String(at)} of ${address}`, fix };
  }
  if (isChart(tree, folder)) return release({ at: folder }, folder);
  if (kustomize !== undefined || kustomizationIn(tree, folder) !== undefined) {
    return { folder, kustomization: argoKustomization(tree, folder, kustomize) };
  }
  return plainManifests(tree, folder, directory);
}

/** Of a repository whose addresses are not known here, any could be its own: whether the folder is there decides. */
function isOwn(tree: SourceTree, address: string): boolean {
  const last = (one: string) => one.slice(one.lastIndexOf("/") + 1);
  return tree.addresses.length === 0 || tree.addresses.some((own) => last(own) === last(normalAddress(address)));
}

/** Its own values files, those of other sources (`$values/…`), `values`, `valuesObject` and parameters, the last above all. */
function helmValues(
  tree: SourceTree,
  folder: string,
  helm: unknown,
  sources: readonly Record<string, unknown>[],
): { values: Record<string, unknown> } | Missing {
  let values: Record<string, unknown> = {};
  const files = memberAt(helm, ["valueFiles"]);
  for (const file of Array.isArray(files) ? files : []) {
    const [, reference, rest] = /^\$([\w-]+)\/(.*)$/.exec(String(file)) ?? [];
    const source = sources.find(({ ref }) => ref === reference);
    const own = reference === undefined || (source !== undefined && isOwn(tree, text(source.repoURL) ?? ""));
    const at = reference === undefined ? joined(folder, String(file)) : joined(tree.named[0] ?? "", rest ?? "");
    const places = reference === undefined ? [at] : [joined("", rest ?? ""), at];
    const content = own
      ? places.map((place) => (place === undefined ? undefined : tree.read(place))).find(Boolean)
      : undefined;
    if (content === undefined) {
      if (memberAt(helm, ["ignoreMissingValueFiles"]) === true) continue;
      return { missing: `its values file ${String(file)} is not here`, fix };
    }
    const read = asValues(Buffer.from(content).toString("utf8"));
    if (read === undefined) return { missing: `its values file ${String(file)} is not a mapping`, fix };
    values = mergeValues(values, read);
  }
  const [written, given] = [memberAt(helm, ["values"]), memberAt(helm, ["valuesObject"])];
  const parsed = isRecord(given) ? given : typeof written === "string" ? asValues(written) : {};
  if (parsed === undefined) return { missing: "its values are not a mapping", fix };
  values = mergeValues(values, parsed);
  const parameters = memberAt(helm, ["parameters"]);
  for (const parameter of (Array.isArray(parameters) ? parameters : []).filter(isRecord)) {
    const value = parameter.forceString === true ? String(parameter.value) : asScalar(String(parameter.value));
    const keys = String(parameter.name).split(/(?<!\\)\./);
    if (keys.some((key) => key.includes("["))) return { missing: "a parameter of it sets an item of a list", fix };
    values = mergeValues(
      values,
      keys.reduceRight<unknown>((inner, key) => ({ [key.replaceAll("\\.", ".")]: inner }), value) as object,
    );
  }
  return { values };
}

function asValues(content: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parse(content, { version: "1.1" });
    return value === null ? {} : isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As `helm --set` reads a value. */
function asScalar(value: string): unknown {
  if (value === "true" || value === "false") return value === "true";
  if (value === "null") return null;
  return /^(0|-?[1-9]\d*)$/.test(value) ? Number(value) : value;
}

function argoKustomization(tree: SourceTree, folder: string, options: unknown): Record<string, unknown> {
  const file = kustomizationIn(tree, folder);
  const own = file === undefined ? {} : (asValues(Buffer.from(tree.read(file) ?? []).toString("utf8")) ?? {});
  const result = { ...own };
  if (!isRecord(options)) return result;
  for (const member of ["namePrefix", "nameSuffix", "namespace"]) {
    const value = text(options[member]);
    if (value !== undefined) result[member] = value;
  }
  for (const member of ["patches", "components", "replicas"]) {
    const added = options[member];
    if (Array.isArray(added))
      result[member] = [...(Array.isArray(result[member]) ? (result[member] as unknown[]) : []), ...added];
  }
  if (isRecord(options.commonLabels)) {
    const pairs = { pairs: options.commonLabels, includeSelectors: options.labelWithoutSelector !== true };
    result.labels = [...(Array.isArray(result.labels) ? (result.labels as unknown[]) : []), pairs];
  }
  if (isRecord(options.commonAnnotations)) {
    result.commonAnnotations = {
      ...(isRecord(result.commonAnnotations) ? result.commonAnnotations : {}),
      ...options.commonAnnotations,
    };
  }
  return result;
}

function plainManifests(tree: SourceTree, folder: string, options: unknown): ArgoSource {
  const recurse = memberAt(options, ["recurse"]) === true;
  const all = recurse
    ? filesBelow(tree, folder)
    : (tree.list(folder) ?? []).map((name) => inside(folder, name)).filter((at) => tree.read(at) !== undefined);
  const [include, exclude] = [text(memberAt(options, ["include"])), text(memberAt(options, ["exclude"]))];
  const named = all.filter((at) => {
    const relative = folder === "" ? at : at.slice(folder.length + 1);
    return (
      (include === undefined || matches(include, relative)) && (exclude === undefined || !matches(exclude, relative))
    );
  });
  if (named.some((at) => at.endsWith(".jsonnet"))) return { missing: "jsonnet makes its manifests", fix };
  return { files: named.filter((at) => /\.(ya?ml|json)$/.test(at)) };
}

/** Argo CD's patterns: `*` crosses folders as little as a shell's does, `{a,b}` are alternatives. */
function matches(pattern: string, name: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^$()|[\]\\]/g, "\\$&")
    .replaceAll("**", "\0")
    .replaceAll("*", "[^/]*")
    .replaceAll("\0", ".*")
    .replaceAll("?", "[^/]")
    .replaceAll(/\{([^}]*)\}/g, (_, words: string) => `(?:${words.replaceAll(",", "|")})`);
  return goRegExp(`^${expression}$`).test(name);
}

/** The part of the tree that an Application decides about: what it reads. */
export function argoFiles(tree: SourceTree, document: LocatedDocument): string[] {
  return argoSources(tree, document).flatMap((source) => {
    if ("files" in source) return source.files;
    if ("folder" in source) return [...kustomizationFiles(tree, source.folder, source.kustomization).files.keys()];
    if ("release" in source && "at" in source.release.chart) return filesBelow(tree, source.release.chart.at);
    return [];
  });
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
