import type { ClusterNetworkPolicy } from "../../cilium/api/cluster-network-policy";
import type { KubernetesNetworkPolicy } from "../../cilium/api/from-kubernetes";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { didYouMean } from "../../common/did-you-mean";
import type { Path, Problem } from "../../common/problem";
import type { Admitted } from "./admitted";
import type { LocatedDocument } from "./document";
import { groupOf, type KubernetesObject, kindInOtherCase, policyKinds } from "./objects";
import { admittedPart, undecidedRules } from "./undecided";

/** A policy as a cluster stores it, and where each of its fields stands. */
export interface LocatedPolicy extends Pick<Admitted, "nulls" | "createOnly"> {
  manifest: EvaluatedPolicy;
  document: LocatedDocument;
  /** The document that takes paths of the policy as it was written. Of a policy that was not translated it is `document`. */
  source: LocatedDocument;
  /** Of a policy that was translated: where what stands at a path of `manifest` stands in the original. `document` takes paths of `manifest`. */
  written?: (path: Path) => Path;
  /** Of a policy that was translated: what it was written as. */
  original?: KubernetesNetworkPolicy | ClusterNetworkPolicy;
}

/**
 * Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy as the API server stores it. What it refuses is reported, and is in no cluster.
 *
 * @param defaultNamespace For a CiliumNetworkPolicy that names none. Cilium would read it as clusterwide, kubectl fills it in.
 */
export function readPolicy(
  object: KubernetesObject,
  defaultNamespace: string,
  report: (problem: Problem) => void,
): LocatedPolicy | undefined {
  const { document, kind } = object;
  const clusterwide = kind === "CiliumClusterwideNetworkPolicy";
  const namespace = clusterwide ? undefined : (object.namespace ?? defaultNamespace);
  const stored = admittedPart(object, namespace, report);
  if (stored === undefined) return undefined;
  const undecided = undecidedRules(object, ({ spec }) => spec);
  const manifest = { ...stored.object, ...(undecided !== undefined && { undecided }) } as unknown as EvaluatedPolicy;
  // An absent namespace stays absent where it means the same, so that lint can speak of it.
  if (!clusterwide && defaultNamespace !== "default")
    manifest.metadata = { ...manifest.metadata, namespace: object.namespace ?? defaultNamespace };
  return { manifest, document, source: document, nulls: stored.nulls, createOnly: stored.createOnly };
}

/** A misspelt kind in Cilium's API group, which would otherwise pass for one of its many others, or one in other letters anywhere. */
export function suspectKind(object: KubernetesObject): string | undefined {
  const sameLetters = kindInOtherCase(object);
  if (sameLetters !== undefined) return `; did you mean "${sameLetters}"?`;
  if (groupOf(object.apiVersion) !== "cilium.io") return undefined;
  return didYouMean(object.kind, policyKinds) === "" ? undefined : didYouMean(object.kind, policyKinds);
}
