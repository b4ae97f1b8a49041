import type { KubernetesObject } from "../input/manifests/objects";
import type { ApiObject } from "./objects";

/** An object in the form that the manifest readers take. It is not in a file, so its place is its name. */
export function objectOf(object: ApiObject): KubernetesObject {
  const { name, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace !== undefined && { namespace }),
    value: object as unknown as Record<string, unknown>,
    document: { file: "cluster", value: object, position: () => ({}) },
  };
}
