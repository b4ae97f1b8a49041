import { posix } from "node:path";
import { documentText, kubernetesDocument } from "../input/yaml/write";
import { isPlainMap } from "./labels";
import { compare, type JsonValue, type Plan, type PlannedResource, releaseType } from "./model";

/**
 * The plan as files, by relative path: each Kubernetes object as `<namespace>/<kind>-<name>.yaml` (without a namespace: in `_cluster`),
 * each patch of another's object as `<namespace>/<kind>-<name>.yaml.patch`, which `kubectl apply` and meshfence ignore, and each Helm
 * release as `_helm/<namespace>/<release>/` with `release.yaml` (chart, version and the like) and `values.yaml`. Paths depend on the
 * objects and not on their order, so that two plans can be compared by directory.
 */
export function planAsFiles(plan: Plan): Map<string, string> {
  return planFiles(plan).files;
}

/** {@link planAsFiles}, with the Helm releases by the folder of their files. */
export function planFiles({ resources }: Plan): {
  files: Map<string, string>;
  releases: Map<string, PlannedResource>;
} {
  const files = new Map<string, string>();
  const releases = new Map<string, PlannedResource>();
  const sorted = [...resources].sort((a, b) => compare(a.urn, b.urn));
  for (const resource of sorted) {
    for (const [wanted, content] of filesOf(resource)) {
      const file = free(wanted, resource, files);
      files.set(file, content);
      if (resource.type === releaseType) releases.set(posix.dirname(file), resource);
    }
  }
  return { files: new Map([...files].sort(([a], [b]) => compare(a, b))), releases };
}

/** Distinguishes objects of the same name in two clusters by a directory with the resource's name. */
function free(file: string, { name }: PlannedResource, taken: ReadonlyMap<string, string>): string {
  let path = file;
  for (let attempt = 1; taken.has(path); attempt++) {
    const mark = attempt === 1 ? safe(name) : `${safe(name)}-${attempt}`;
    path = file.replace(/\/([^/]*)$/, `@${mark}/$1`);
  }
  return path;
}

function filesOf(resource: PlannedResource): [string, string][] {
  if (resource.type === releaseType) return releaseFiles(resource);
  const { apiVersion, kind, metadata } = resource.inputs;
  if (!resource.type.startsWith("kubernetes:") || typeof apiVersion !== "string" || typeof kind !== "string") return [];
  const { name, namespace } = isPlainMap(metadata) ? metadata : {};
  const directory = typeof namespace === "string" ? safe(namespace) : "_cluster";
  const ownName = safe(typeof name === "string" ? name : resource.name);
  const file = `${directory}/${safe(kind.toLowerCase())}-${ownName}.yaml`;
  const { apiVersion: _1, kind: _2, metadata: _3, ...rest } = resource.inputs;
  const text = asYaml({ apiVersion, kind, ...(metadata === undefined ? {} : { metadata }), ...rest });
  if (!isPart(resource.type, kind)) return [[file, text]];
  const where = typeof namespace === "string" ? ` --namespace ${safe(namespace)}` : "";
  // How lists of custom resources are merged is unknown.
  const type = resource.type.startsWith("kubernetes:apiextensions.k8s.io:") ? "merge" : "strategic";
  const command = `kubectl patch ${safe(kind.toLowerCase())} ${ownName}${where} --type ${type} --patch-file`;
  return [[`${file}.patch`, `# Part of an object that something else creates: ${command} THIS-FILE\n${text}`]];
}

/** A patch is not an object: applying it as one would remove the rest. Only a Namespace needs nothing more. */
function isPart(type: string, kind: string): boolean {
  const isPatch = type.endsWith(`:${kind}Patch`) || type.endsWith(":CustomResourcePatch");
  return isPatch && kind !== "Namespace";
}

function releaseFiles({ name, inputs }: PlannedResource): [string, string][] {
  const { values, compat: _, ...release } = inputs;
  const namespace = typeof inputs.namespace === "string" ? inputs.namespace : "default";
  const directory = `_helm/${safe(namespace)}/${safe(typeof inputs.name === "string" ? inputs.name : name)}`;
  return [
    [`${directory}/release.yaml`, asYaml(release)],
    [`${directory}/values.yaml`, asYaml(values ?? {})],
  ];
}

const asYaml = (value: JsonValue): string => documentText(kubernetesDocument(value));

/** Text as a path segment that stays inside its directory on every system. */
function safe(part: string): string {
  return part.replaceAll(/[^A-Za-z0-9._-]/g, "_").replace(/^\.+/, "_") || "_";
}
