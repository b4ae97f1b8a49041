import type { Unseen } from "../../common/unseen";
import type { ClusterManifests } from "../manifests/cluster";
import { describeObject } from "../manifests/objects";

type InjectionState = Pick<
  ClusterManifests,
  "namespaceMeshes" | "workloads" | "namespaces" | "policies" | "authorization"
>;

/**
 * Reports namespaces that add their pods to the mesh, or remove them, although none of their workloads is known: the verdicts of those pods change
 * unseen.
 *
 * @param other The other state of a comparison: only differences are reported. Without one, only a plan's patches of namespaces created elsewhere
 * are.
 */
export function unseenInjection(
  { namespaceMeshes = new Map(), workloads }: InjectionState,
  other?: InjectionState,
): Unseen[] {
  const withWorkloads = new Set([...workloads, ...(other?.workloads ?? [])].map(({ endpoint }) => endpoint.namespace));
  return [...namespaceMeshes].flatMap(([namespace, { injects, source }]): Unseen[] => {
    const isRelevant =
      other === undefined
        ? source.document.isPatch === true && injects
        : (other.namespaceMeshes?.get(namespace)?.injects ?? false) !== injects && namespaceExists(namespace, other);
    if (!isRelevant || withWorkloads.has(namespace)) return [];
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

/** Whether a namespace exists in a state. One that the change creates has no pods yet. */
function namespaceExists(namespace: string, { namespaces, policies, authorization }: InjectionState): boolean {
  return (
    namespaces.some(({ name }) => name === namespace) ||
    policies.some(({ manifest }) => manifest.metadata.namespace === namespace) ||
    authorization.some(({ source }) => source.namespace === namespace)
  );
}
