import { createHash } from "node:crypto";
import { isMap, mergeValues } from "../../../common/helm-values";
import { setAtPath } from "../../../common/set-values";
import type { LocatedDocument } from "../../manifests/document";
import { isRecord, memberAt, textAt } from "../../manifests/shape";
import type { RemoteChart } from "../helm/chart";
import { readValues } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import { identityOf, type ReferencedObjects } from "../objects/referenced-objects";
import { ancestors } from "../repository/places";
import { joined, type SourceTree } from "../repository/tree";
import { folderOfSource } from "./sources";

/** A chart in a folder of the tree, or a remote one. `valuesFiles` replace the `values.yaml` of a chart in the tree. */
export type FluxChart = ({ at: string } | RemoteChart) & { valuesFiles?: string[] };

/** The chart of a HelmRelease. */
export function chartOf(
  tree: SourceTree,
  referenced: ReferencedObjects,
  document: LocatedDocument,
): FluxChart | Missing {
  const namespace = identityOf(document)?.namespace ?? "default";
  const spec = memberAt(document.value, ["spec"]);
  const fix = "Give the output of `helm template` too";
  const reference = memberAt(spec, ["chartRef"]);
  if (isRecord(reference)) {
    const source = referenced.find(
      textAt(reference, "kind") ?? "",
      textAt(reference, "namespace") ?? namespace,
      textAt(reference, "name") ?? "",
    );
    if (source === undefined)
      return {
        missing: "its chart is not among the manifests",
        detail: `${textAt(reference, "kind")} ${textAt(reference, "name")}`,
        fix,
      };
    if (textAt(reference, "kind") !== "OCIRepository")
      return chartFrom(tree, referenced, memberAt(source.value, ["spec"]), identityOf(source)?.namespace ?? namespace);
    const version = textAt(source.value, "spec", "ref", "tag") ?? textAt(source.value, "spec", "ref", "semver");
    return { chart: textAt(source.value, "spec", "url") ?? "", ...(version !== undefined && { version }) };
  }
  return chartFrom(tree, referenced, memberAt(spec, ["chart", "spec"]), namespace);
}

function chartFrom(
  tree: SourceTree,
  referenced: ReferencedObjects,
  spec: unknown,
  namespace: string,
): FluxChart | Missing {
  const fix = "Give the output of `helm template` too";
  const [chart, version] = [textAt(spec, "chart"), textAt(spec, "version")];
  if (chart === undefined) return { missing: "it names no chart", fix };
  const reference = memberAt(spec, ["sourceRef"]);
  const kind = textAt(reference, "kind") ?? "HelmRepository";
  if (kind !== "HelmRepository") {
    const found = folderOfSource(tree, referenced, reference, namespace, chart);
    return "folder" in found ? withValuesFiles(tree, found.folder, spec) : { ...found, fix };
  }
  const [file] = textsIn(memberAt(spec, ["valuesFiles"])).filter((name) => name !== "values.yaml");
  if (file !== undefined)
    return { missing: "its values come from a file of its chart, which is not here", detail: file, fix };
  const source = referenced.find(kind, textAt(reference, "namespace") ?? namespace, textAt(reference, "name") ?? "");
  const address = textAt(source?.value, "spec", "url");
  const pinned = version !== undefined && { version };
  if (address === undefined) return { chart, repository: `HelmRepository ${textAt(reference, "name")}`, ...pinned };
  if (address.startsWith("oci://")) return { chart: `${address.replace(/\/$/, "")}/${chart}`, ...pinned };
  return { chart, repository: address, ...pinned };
}

/** Adds the values files, which replace the chart's own `values.yaml`. Their paths start at the source's root. */
function withValuesFiles(tree: SourceTree, at: string, spec: unknown): FluxChart | Missing {
  const names = textsIn(memberAt(spec, ["valuesFiles"]));
  if (names.length === 0) return { at };
  const valuesFiles: string[] = [];
  for (const name of names) {
    const found = ["", ...tree.inputFolders.flatMap((folder) => [folder, ...ancestors(folder)])]
      .map((base) => joined(base, name.replace(/^\/+/, "")))
      .find((file) => file !== undefined && tree.read(file) !== undefined);
    if (found !== undefined) valuesFiles.push(found);
    else if (memberAt(spec, ["ignoreMissingValuesFiles"]) !== true)
      return {
        missing: "a file of its values is not here",
        detail: name,
        fix: "Give the output of `helm template` too",
        chart: at,
      };
  }
  return { at, valuesFiles };
}

const textsIn = (value: unknown): string[] =>
  (Array.isArray(value) ? value : []).filter((item): item is string => typeof item === "string");

/** The release name that Flux chooses: it shortens a long one and appends a hash. */
export function releaseNameOf(spec: unknown, name: string): string {
  const target = textAt(spec, "targetNamespace");
  const full = textAt(spec, "releaseName") ?? (target === undefined ? name : `${target}-${name}`);
  if (full.length <= 53) return full;
  return `${full.slice(0, 40)}-${createHash("sha256").update(full).digest("hex").slice(0, 12)}`;
}

/** The values of a HelmRelease, and the objects with values that are unknown. */
export function valuesOf(
  document: LocatedDocument,
  referenced: ReferencedObjects,
): { values: Record<string, unknown>; unknown: string[] } {
  const namespace = identityOf(document)?.namespace ?? "default";
  const spec = memberAt(document.value, ["spec"]);
  const unknown: string[] = [];
  const own = memberAt(spec, ["values"]);
  const inline = isMap(own) ? own : {};
  let values: Record<string, unknown> = {};
  // Values with a target path override the release's own values, which override all others.
  const overrides: ((values: Record<string, unknown>) => Record<string, unknown>)[] = [];
  const sources = memberAt(spec, ["valuesFrom"]);
  for (const source of Array.isArray(sources) ? sources : []) {
    const [kind, name] = [textAt(source, "kind") ?? "ConfigMap", textAt(source, "name") ?? ""];
    const text = referenced.data(kind, namespace, name)?.get(textAt(source, "valuesKey") ?? "values.yaml");
    const target = textAt(source, "targetPath");
    const given = text === undefined || target !== undefined ? undefined : readValues(text);
    if (text !== undefined && target !== undefined) {
      const literal = memberAt(source, ["literal"]) === true;
      overrides.push((before) => setAtPath(before, target, text, literal));
    } else if (isRecord(given)) values = mergeValues(values, given);
    else if (given !== null) unknown.push(`${kind} ${name}`);
  }
  return { values: overrides.reduce((before, set) => set(before), mergeValues(values, inline)), unknown };
}
