import type { Unseen } from "../../common/unseen";
import type { LocatedDocument } from "./document";
import { isRecord, memberAt } from "./shape";

/** Whether a file configures Rancher's Fleet for its folder. */
export const isFleetFile = (file: string): boolean => /(^|[\\/:])fleet\.ya?ml$/.test(file);

/** Reports a file that is not an object but holds or names manifests: a Fleet bundle or a Talos configuration. Undefined for any other file. */
export function unseenBundle(document: LocatedDocument): Unseen | undefined {
  const { file, value } = document;
  if (!isRecord(value) || value.kind !== undefined || value.apiVersion !== undefined) return undefined;
  const { line } = document.position([]);
  const bundle = ["helm", "kustomize", "defaultNamespace", "namespace", "targetCustomizations"];
  if (isFleetFile(file) && bundle.some((key) => value[key] !== undefined)) {
    const namespace = [value.namespace, value.defaultNamespace].find((one) => typeof one === "string");
    return {
      file,
      line,
      object: "Fleet bundle",
      kind: "bundle of Fleet",
      reason: "the objects that Fleet creates from its folder are not seen",
      fix: "Give the output of `fleet apply -o -` too",
      pods: typeof namespace === "string" ? [namespace] : "anywhere",
    };
  }
  for (const list of ["inlineManifests", "extraManifests"]) {
    const manifests = memberAt(value, ["cluster", list]);
    if (!Array.isArray(manifests) || manifests.length === 0) continue;
    return {
      file,
      ...document.position(["cluster", list]),
      object: "Talos machine configuration",
      kind: "machine configuration of Talos",
      reason: "the manifests that it applies are not read",
      fix: "Give them as files of their own",
      pods: "anywhere",
    };
  }
  return undefined;
}
