import { mergeValues } from "../../../common/helm-values";
import { goRegExp } from "../../../kubernetes/schema/go-regexp";
import type { LocatedDocument } from "../../manifests/document";
import { isRecord, memberAt } from "../../manifests/shape";
import type { Release } from "../helm/chart";
import { isChart } from "../helm/chart-files";
import { kustomizationFiles, kustomizationIn } from "../kustomize/kustomization-files";
import type { Missing } from "../objects/missing";
import { folderInTree } from "../repository/places";
import { filesBelow, inside, isFolder, joined, type SourceTree } from "../repository/tree";
import { isKustomizePlugin } from "./plugins";
import { argoValues, buildEnvironment, argoFix as fix, isThisRepository, parseValues } from "./values";

/** What an Application deploys from one of its sources. */
export type ArgoSource =
  | { release: Release }
  | { folder: string; kustomization: Record<string, unknown> }
  /** Plain manifests; those that the Application excludes; and why the manifests may be incomplete. */
  | { files: string[]; excluded: string[]; incomplete?: Missing }
  | Missing;

/** The sources of an Application. Their types are detected as by Argo CD. */
export function argoSources(tree: SourceTree, { value }: LocatedDocument): ArgoSource[] {
  const sources = sourcesOf(value);
  if (sources.length === 0) return [{ missing: "it has no source", fix }];
  // A source without path and chart only provides values files to others.
  return sources
    .filter((source) => source.chart !== undefined || source.path !== undefined)
    .map((source) => argoSource(tree, source, sources, value));
}

function sourcesOf(value: unknown): Record<string, unknown>[] {
  const spec = memberAt(value, ["spec"]);
  const several = memberAt(spec, ["sources"]);
  return (Array.isArray(several) ? several : [memberAt(spec, ["source"])]).filter(isRecord);
}

/** The addresses of an Application's sources that are taken for this repository, because their folders are here. */
export function argoRepositories(tree: SourceTree, value: unknown): string[] {
  return sourcesOf(value).flatMap(({ repoURL, chart, path: at, ref }) => {
    const address = text(repoURL);
    if (address === undefined || chart !== undefined || !isThisRepository(tree, address)) return [];
    const isHere = typeof at === "string" ? folderInTree(tree, at) !== undefined : ref !== undefined;
    return isHere ? [address] : [];
  });
}

/** The namespace that Argo CD gives objects without one. */
export const argoNamespace = (value: unknown): string | undefined =>
  text(memberAt(value, ["spec", "destination", "namespace"]));

/** The cluster that an Application is for. */
export function argoCluster(value: unknown): string {
  const destination = memberAt(value, ["spec", "destination"]);
  const [server, name] = [text(memberAt(destination, ["server"])), text(memberAt(destination, ["name"]))];
  return server === undefined || server === "https://kubernetes.default.svc" ? (name ?? "in-cluster") : server;
}

/** The Namespace that Argo CD creates for an Application with `CreateNamespace=true`, with its labels. */
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
  written: Record<string, unknown>,
  all: readonly Record<string, unknown>[],
  application: unknown,
): ArgoSource {
  const { repoURL, chart, path: at = "" } = written;
  const address = text(repoURL) ?? "";
  const own = typeof at === "string" && isThisRepository(tree, address) ? folderInTree(tree, at) : undefined;
  const source = chart === undefined && own !== undefined ? overridden(tree, own, written, application) : written;
  const { plugin, helm, kustomize, directory } = source;
  const name = text(memberAt(application, ["metadata", "name"])) ?? "release";
  const namespace = text(memberAt(helm, ["namespace"])) ?? argoNamespace(application) ?? "default";
  const isKustomized = plugin !== undefined && own !== undefined && isKustomizePlugin(tree, memberAt(plugin, ["name"]));
  if (plugin !== undefined && !isKustomized) return { missing: "an Argo CD plugin generates its manifests", fix };
  const release = (from: Release["chart"], folder: string | undefined): ArgoSource => {
    const values = argoValues(tree, {
      folder,
      helm,
      sources: all,
      environment: buildEnvironment(application, source),
    });
    if ("missing" in values) return { ...values, chart: folder };
    const releaseName = text(memberAt(helm, ["releaseName"])) ?? name;
    const [kubeVersion, apiVersions] = [text(memberAt(helm, ["kubeVersion"])), memberAt(helm, ["apiVersions"])];
    return {
      release: {
        name: releaseName,
        namespace,
        chart: from,
        values: values.values,
        isTemplated: true,
        ...(memberAt(helm, ["skipCrds"]) === true && { skipCrds: true }),
        ...(memberAt(helm, ["skipSchemaValidation"]) === true && { skipSchema: true }),
        ...(kubeVersion !== undefined && { kubeVersion }),
        ...(Array.isArray(apiVersions) && { apiVersions: apiVersions.map(String) }),
      },
    };
  };
  if (typeof chart === "string") {
    const version = text(source.targetRevision);
    const pinned = version !== undefined && { version };
    const isRepository = /^https?:\/\//.test(address);
    const registry = address.startsWith("oci://") ? address : `oci://${address}`;
    return release(
      isRepository ? { chart, repository: address, ...pinned } : { chart: `${registry}/${chart}`, ...pinned },
      undefined,
    );
  }
  const folder = own;
  if (folder === undefined) {
    return { missing: "its source has no such folder here", detail: `${String(at)} of ${address}`, fix };
  }
  // Options of one type override what is in the folder.
  const isHelm = isRecord(helm) && Object.keys(helm).length > 0;
  const isKustomize = isRecord(kustomize) && Object.keys(kustomize).length > 0;
  const { recurse, include, exclude, jsonnet } = isRecord(directory) ? directory : {};
  const isPlain = recurse === true || [include, exclude, jsonnet].some((one) => one !== undefined && one !== "");
  if (isKustomized) return { folder, kustomization: argoKustomization(tree, folder, undefined) };
  if (isPlain && !isHelm && !isKustomize) return plainManifests(tree, folder, directory);
  if (isChart(tree, folder) && !isKustomize) return release({ at: folder }, folder);
  if (kustomize !== undefined || kustomizationIn(tree, folder) !== undefined) {
    return { folder, kustomization: argoKustomization(tree, folder, kustomize) };
  }
  return plainManifests(tree, folder, directory);
}

function argoKustomization(tree: SourceTree, folder: string, options: unknown): Record<string, unknown> {
  const file = kustomizationIn(tree, folder);
  const own = file === undefined ? {} : (parseValues(Buffer.from(tree.read(file) ?? []).toString("utf8")) ?? {});
  const result = { ...own };
  if (!isRecord(options)) return result;
  for (const member of ["namePrefix", "nameSuffix", "namespace"]) {
    const value = text(options[member]);
    if (value !== undefined) result[member] = value;
  }
  const images = Array.isArray(options.images) ? options.images.map((image) => argoImage(String(image))) : [];
  if (images.length > 0) {
    const named = new Set(images.map((image) => image.name));
    const before = Array.isArray(result.images) ? (result.images as unknown[]) : [];
    result.images = [...before.filter((image) => !named.has(String(memberAt(image, ["name"])))), ...images];
  }
  for (const member of ["patches", "components", "replicas"]) {
    const added = options[member];
    if (!Array.isArray(added)) continue;
    const before = Array.isArray(result[member]) ? (result[member] as unknown[]) : [];
    result[member] = [
      ...before,
      ...(member === "components" ? presentComponents(tree, folder, added, options) : added).map(withNumericCount),
    ];
  }
  if (isRecord(options.commonLabels)) {
    const pairs = {
      pairs: options.commonLabels,
      includeSelectors: options.labelWithoutSelector !== true,
      ...(options.labelIncludeTemplates === true && { includeTemplates: true }),
    };
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

/** The components; with `ignoreMissingComponents`, only those that exist. */
const presentComponents = (
  tree: SourceTree,
  folder: string,
  components: readonly unknown[],
  options: Record<string, unknown>,
) =>
  options.ignoreMissingComponents === true
    ? components.filter((one) => isFolder(tree, joined(folder, String(one)) ?? ""))
    : components;

/** Converts a count of replicas to a number: Argo CD accepts text, kustomize does not. */
const withNumericCount = (one: unknown): unknown =>
  isRecord(one) && typeof one.count === "string" && /^\d+$/.test(one.count)
    ? { ...one, count: Number(one.count) }
    : one;

/** Parses `name=other:tag`, `name:tag` or `name@digest` like `kustomize edit set image`. */
function argoImage(image: string): Record<string, string> {
  const [, name, rest = ""] = /^([^=]+)=(.*)$/.exec(image) ?? [];
  const whole = name === undefined ? image : rest;
  const [, newName = whole, tag, digest] = /^(.*?)(?::([^:/@]+))?(?:@(.+))?$/.exec(whole) ?? [];
  return {
    name: name ?? newName,
    ...(name !== undefined && { newName }),
    ...(tag !== undefined && digest === undefined && { newTag: tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** A source with the overrides in `.argocd-source.yaml` and `.argocd-source-NAME.yaml` of its folder. */
function overridden(
  tree: SourceTree,
  folder: string,
  source: Record<string, unknown>,
  application: unknown,
): Record<string, unknown> {
  const name = text(memberAt(application, ["metadata", "name"]));
  const files = [".argocd-source.yaml", ...(name === undefined ? [] : [`.argocd-source-${name}.yaml`])];
  return files.reduce((before, file) => {
    const content = tree.read(inside(folder, file));
    const more = content === undefined ? undefined : parseValues(Buffer.from(content).toString("utf8"));
    return more === undefined ? before : mergeValues(before, more);
  }, source);
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
  const shown = named.filter((at) => !Buffer.from(tree.read(at) ?? []).includes("+argocd:skip-file-rendering"));
  const files = shown.filter((at) => manifests.test(at));
  const excluded = all.filter((at) => manifests.test(at) && !files.includes(at));
  const isMade = shown.some((at) => at.endsWith(".jsonnet"));
  return {
    files,
    excluded,
    ...(isMade && { incomplete: { missing: "jsonnet generates some of its manifests", fix } }),
  };
}

const manifests = /\.(ya?ml|json)$/;

/** Whether a name matches a glob of Argo CD, whose `*` crosses folders and `{a,b}` lists alternatives. */
function matches(pattern: string, name: string): boolean {
  let depth = 0;
  const expression = [...pattern.matchAll(/\\.|\[[^\]]*\]|\*+|./gs)].map(([part]) => {
    if (part.startsWith("*")) return ".*";
    if (part === "?") return ".";
    if (part === "{" && ++depth > 0) return "(?:";
    if (part === "}" && depth-- > 0) return ")";
    if (part === "," && depth > 0) return "|";
    if (/^\[.+\]$/s.test(part)) return part.replace(/^\[!/, "[^");
    return part.replace(/^\\/, "").replaceAll(/[.+^$()|[\]{}\\*?]/g, "\\$&");
  });
  return goRegExp(`^(?s:${expression.join("")})$`).test(name);
}

/** The files of the tree that an Application manages, including those that it excludes. */
export function argoFiles(tree: SourceTree, document: LocatedDocument): string[] {
  return argoSources(tree, document).flatMap((source) => {
    if ("files" in source) return [...source.files, ...source.excluded];
    if ("folder" in source) return [...kustomizationFiles(tree, source.folder, source.kustomization).files.keys()];
    if ("release" in source && "at" in source.release.chart) return filesBelow(tree, source.release.chart.at);
    return [];
  });
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
