import { knownText } from "../common/placeholder";
import type { JsonValue, PlannedResource } from "./model";

/** A short name of a type, such as `KindCluster`, `kind Cluster` or `Namespace`. Pulumi's full token also has package and module. */
export function typeLabel({ type, component }: PlannedResource): string {
  const [package_ = "", module = "", name = ""] = type.split(":");
  if (package_ === "pulumi" && module === "providers") return `provider for ${name}`;
  return component || package_ === "kubernetes" || package_ === "pulumi-nodejs" ? name : `${package_} ${name}`;
}

const loadedImage = "pulumi-nodejs:dynamic/meshfence:LoadedImage";

/** What the resource is outside Pulumi: the object's namespace and name, the chart and its version, or the image. Empty if unknown. */
export function subject({ type, inputs }: PlannedResource): string {
  if (type === "kubernetes:helm.sh/v3:Release") {
    return [knownText(inputs.chart)?.split("/").at(-1), knownText(inputs.version)].filter(Boolean).join(" ");
  }
  if (type === loadedImage) return knownText(inputs.image) ?? "";
  if (!isPlainMap(inputs.metadata)) return "";
  return [knownText(inputs.metadata.namespace), knownText(inputs.metadata.name)].filter(Boolean).join("/");
}

/** The name without the part that repeats its parent's name. */
export function shortName(name: string, parent: string | undefined): string {
  return parent !== undefined && name.startsWith(`${parent}-`) ? name.slice(parent.length + 1) : name;
}

export function isPlainMap(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
