import type { Unseen } from "../../common/unseen";
import type { LocatedDocument } from "./document";
import { isRecord, memberAt } from "./shape";

/** Whether a file tells Rancher's Fleet what to make of its folder. */
export const isFleetFile = (file: string): boolean => /(^|[\\/:])fleet\.ya?ml$/.test(file);

/** What a file brings that is no object and holds or names manifests: a bundle of Fleet, a configuration of Talos. Undefined for any other. */
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
      reason: "what Fleet makes of its folder is not seen",
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
