import type { Unseen } from "../../common/unseen";
import type { ClusterManifests } from "../manifests/cluster";
import { describeObject } from "../manifests/objects";

type Injecting = Pick<ClusterManifests, "namespaceMeshes" | "workloads" | "namespaces" | "policies" | "authorization">;

/**
 * Namespaces that put their pods on the mesh, or take them off it, although none of their workloads is known: which of the pods there change, and what they
 * are, no answer says.
 *
 * @param other The state that it is compared with: only what one of them says otherwise is named. Without one, only what a plan says of namespaces that somebody else
 *   makes.
 */
export function unseenInjection({ namespaceMeshes = new Map(), workloads }: Injecting, other?: Injecting): Unseen[] {
  const peopled = new Set([...workloads, ...(other?.workloads ?? [])].map(({ endpoint }) => endpoint.namespace));
  return [...namespaceMeshes].flatMap(([namespace, { injects, source }]): Unseen[] => {
    const isTold =
      other === undefined
        ? source.document.isPatch === true && injects
        : (other.namespaceMeshes?.get(namespace)?.injects ?? false) !== injects && isThere(namespace, other);
    if (!isTold || peopled.has(namespace)) return [];
    return [
      {
        file: source.document.file,
        line: source.document.position(["metadata", "annotations"]).line,
        object: describeObject(source),
        reason: `whether its pods are on the mesh ${other === undefined ? "depends on it" : "changes"}, and none of its workloads is in the input`,
        fix: "Give its workloads too, from `kubectl get -o yaml`",
        pods: [namespace],
      },
    ];
  });
}

/** A namespace that comes along with the change has no pods yet. */
function isThere(namespace: string, { namespaces, policies, authorization }: Injecting): boolean {
  return (
    namespaces.some(({ name }) => name === namespace) ||
    policies.some(({ manifest }) => manifest.metadata.namespace === namespace) ||
    authorization.some(({ source }) => source.namespace === namespace)
  );
}
