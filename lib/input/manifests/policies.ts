import type { ClusterNetworkPolicy } from "../../cilium/api/cluster-network-policy";
import type { KubernetesNetworkPolicy } from "../../cilium/api/from-kubernetes";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { didYouMean } from "../../common/did-you-mean";
import type { Path, Problem } from "../../common/problem";
import type { Admitted } from "./admitted";
import type { LocatedDocument } from "./document";
import { groupOf, kindInOtherCase, policyKinds } from "./kinds";
import type { KubernetesObject } from "./objects";
import { admittedPart, undecidedRules } from "./undecided";

/** A policy as a cluster stores it, with the positions of its fields. */
export interface LocatedPolicy extends Pick<Admitted, "nulls" | "createOnly"> {
  manifest: EvaluatedPolicy;
  document: LocatedDocument;
  /** The document for paths in the policy as written. The same as `document` if the policy was not translated. */
  source: LocatedDocument;
  /** For a translated policy: maps a path in `manifest` to one in the original. `document` is for paths in `manifest`. */
  written?: (path: Path) => Path;
  /** For a translated policy: the original. */
  original?: KubernetesNetworkPolicy | ClusterNetworkPolicy;
}

/**
 * Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy as the API server stores it. One that it refuses is reported and left out.
 *
 * @param defaultNamespace The namespace of a CiliumNetworkPolicy without one. Cilium would read it as clusterwide, but kubectl fills in the
 * namespace.
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
  // An absent namespace stays absent if it makes no difference, so that lint can report it.
  if (!clusterwide && defaultNamespace !== "default")
    manifest.metadata = { ...manifest.metadata, namespace: object.namespace ?? defaultNamespace };
  return { manifest, document, source: document, nulls: stored.nulls, createOnly: stored.createOnly };
}

/**
 * The likely meaning of a misspelt kind: in Cilium's API group, where it would pass for one of the many other kinds, or in any group if only the case
 * differs.
 */
export function suspectKind(object: KubernetesObject): string | undefined {
  const sameLetters = kindInOtherCase(object);
  if (sameLetters !== undefined) return `; did you mean "${sameLetters}"?`;
  if (groupOf(object.apiVersion) !== "cilium.io") return undefined;
  return didYouMean(object.kind, policyKinds) === "" ? undefined : didYouMean(object.kind, policyKinds);
}
