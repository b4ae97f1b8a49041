import type { Unseen } from "../../common/unseen";
import { groupOf } from "./kinds";
import { describeObject, type KubernetesObject } from "./objects";
import { isRecord, memberAt } from "./shape";

const groups = ["cilium.io", "policy.linkerd.io", "policy.networking.k8s.io"];

/** Reports custom resources whose definition is among the manifests and does not serve their version, so that no cluster accepts them. */
export function unseenUnserved(objects: readonly KubernetesObject[]): Unseen[] {
  const served = new Map<string, Set<unknown>>();
  for (const { kind, value } of objects) {
    const [group, of] = [memberAt(value, ["spec", "group"]), memberAt(value, ["spec", "names", "kind"])];
    if (kind !== "CustomResourceDefinition" || !groups.includes(String(group))) continue;
    const versions = memberAt(value, ["spec", "versions"]);
    const known = (Array.isArray(versions) ? versions : []).filter((one) => isRecord(one) && one.served === true);
    served.set(`${String(group)}/${String(of)}`, new Set(known.map(({ name }) => name)));
  }
  if (served.size === 0) return [];
  return objects.flatMap((object): Unseen[] => {
    const versions = served.get(`${groupOf(object.apiVersion)}/${object.kind}`);
    if (versions === undefined || versions.has(object.apiVersion.split("/")[1])) return [];
    return [
      {
        file: object.document.file,
        line: object.document.position(["apiVersion"]).line,
        object: describeObject(object),
        reason: `the given CustomResourceDefinition does not serve ${object.apiVersion}, so no cluster stores it as written here`,
        fix: "Serve the version, or write the object in one that is served",
      },
    ];
  });
}
