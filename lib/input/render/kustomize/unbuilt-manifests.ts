import { readYaml } from "../../manifests/yaml";
import type { Missing } from "../objects/missing";
import type { RenderResult } from "../objects/renderable";
import { inNamespace } from "../objects/rendered";
import { type Rewrite, unchanged } from "../objects/rewrite";
import type { SourceTree } from "../repository/tree";
import type { KustomizationFiles } from "./kustomization-files";

/**
 * The manifests of a kustomization as written, with its namespace, for when kustomize cannot run or fails. That is the complete result if the
 * kustomization does nothing else; otherwise the result has a gap.
 */
export function unbuiltManifests(
  tree: SourceTree,
  { resources, files, transforms, refused, remote, inflatesCharts }: KustomizationFiles,
  missing: Missing & { failed?: true },
  rewrite: Rewrite = unchanged,
): RenderResult {
  let isRead = true;
  const documents = resources.flatMap(({ file, namespace }) => {
    const text = Buffer.from(files.get(file) ?? []).toString("utf8");
    // One object at a time, because each may opt out of substitution.
    const parts = text.split(/^(?=---)/m).map(rewrite);
    const { documents: read, problems } = readYaml(parts.map((part) => part.text).join(""), tree.displayName(file));
    if (problems.length > 0) isRead = false;
    const final = parts.every(({ isFinal }) => isFinal) && { isFinal: true as const };
    return read.map((one) => ({
      ...inNamespace(one, namespace, true),
      ...final,
      ...(transforms && { isUnbuilt: true as const }),
    }));
  });
  const isComplete =
    isRead &&
    resources.length > 0 &&
    missing.failed !== true &&
    !transforms &&
    !inflatesCharts &&
    refused.length === 0 &&
    remote.length === 0;
  const asWritten = transforms && documents.length > 0 ? "what it lists is read without what it changes" : undefined;
  const detail = [missing.detail, asWritten].filter((one) => one !== undefined).join("; ") || undefined;
  return {
    documents,
    consumed: files.keys(),
    ...(!isComplete && { missing: { reason: missing.missing, detail, fix: missing.fix } }),
  };
}
