import { mergeValues } from "../../../common/helm-values";
import type { Installed } from "../../manifests/document";
import { isRecord } from "../../manifests/shape";
import { goMappingAt } from "../objects/go-yaml";
import { joined, type SourceTree } from "../repository/tree";
import { kustomizationIn } from "./kustomization-files";

/** The charts that a kustomization inflates with Helm, local and remote ones. */
export function kustomizedInstalls(tree: SourceTree, folder: string): Installed[] {
  const file = kustomizationIn(tree, folder);
  const charts = file === undefined ? undefined : goMappingAt(tree, file)?.helmCharts;
  return (Array.isArray(charts) ? charts : []).filter(isRecord).flatMap((one): Installed[] => {
    const { name, namespace, valuesFile, additionalValuesFiles, valuesInline, valuesMerge } = one;
    if (typeof name !== "string") return [];
    const files = [valuesFile, ...(Array.isArray(additionalValuesFiles) ? additionalValuesFiles : [])].map((path) =>
      typeof path === "string" ? goMappingAt(tree, joined(folder, path)) : undefined,
    );
    const inline = isRecord(valuesInline) ? valuesInline : {};
    // kustomize's default is `override`: inline values override those of files.
    const values = mergeValues(...(valuesMerge === "merge" ? [inline, ...files] : [...files, inline]));
    return [{ chart: name, values, ...(typeof namespace === "string" && { namespace }) }];
  });
}
