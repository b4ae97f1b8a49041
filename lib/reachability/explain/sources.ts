import type { ClusterNetworkPolicy } from "../../cilium/api/cluster-network-policy";
import { fromClusterNetworkPolicy, type OrderedOrigin } from "../../cilium/api/from-cluster-network-policy";
import { fromKubernetes, type ItemOrigin, type KubernetesNetworkPolicy } from "../../cilium/api/from-kubernetes";
import type { EvaluatedPolicy, ItemList } from "../../cilium/api/policy";
import type { CompilationCache } from "../../cilium/policy/compilation-cache";
import { policyNamespace } from "../../cilium/policy/entries";
import type { Path, Place } from "../../common/problem";

/**
 * A policy as written, of Cilium or Kubernetes. A NetworkPolicy of which only the translation into Cilium's terms exists (an {@link EvaluatedPolicy} of
 * that kind) can be explained but not edited. A ClusterNetworkPolicy is never edited.
 */
export type PolicySource = EvaluatedPolicy | KubernetesNetworkPolicy | ClusterNetworkPolicy;

/** The place of a policy, or of a rule in it. */
export interface PolicyPlace {
  /** E.g. `CiliumNetworkPolicy`. */
  kind: string;
  /** Absent for a clusterwide policy. */
  namespace?: string;
  /** Its name. */
  name: string;
  /** Its index in the list of policies. */
  index: number;
  /** The path of the member, in the policy as written. */
  path: Path;
  /** File and line, if known. */
  place?: Place;
}

/** A policy that Cilium accepts. */
export interface Accepted {
  /** Its index in the given list. */
  index: number;
  source: PolicySource;
  policy: EvaluatedPolicy;
  /** For a policy of Kubernetes: where the items of its translation come from. */
  origins?: Origins;
}

/** The origins of the items of each list. */
type Origins = Readonly<Partial<Record<ItemList, readonly (ItemOrigin | OrderedOrigin)[]>>>;

/** Whether a policy is a NetworkPolicy as written. */
export function isKubernetes(source: PolicySource): source is KubernetesNetworkPolicy {
  return source.kind === "NetworkPolicy" && "apiVersion" in source;
}

/** A policy in Cilium's terms. Returns the same object each time for one source. */
export function evaluatedOf(source: PolicySource): EvaluatedPolicy {
  return translated(source).policy;
}

/** Whether a policy is a ClusterNetworkPolicy as written. */
export function isClusterPolicy(source: PolicySource): source is ClusterNetworkPolicy {
  return source.kind === "ClusterNetworkPolicy" && "apiVersion" in source;
}

interface Translation {
  policy: EvaluatedPolicy;
  origins?: Origins;
}

const translations = new WeakMap<PolicySource, Translation>();

function translated(source: PolicySource): Translation {
  const known = translations.get(source);
  if (known !== undefined) return known;
  const made = translate(source);
  translations.set(source, made);
  return made;
}

function translate(source: PolicySource): Translation {
  if (isClusterPolicy(source)) return fromClusterNetworkPolicy(source);
  if (!isKubernetes(source)) return { policy: source as EvaluatedPolicy };
  const { policy, ingress, egress } = fromKubernetes(source);
  return { policy, origins: { ingress, egress } };
}

/** The policies that Cilium accepts. A policy replaces an earlier one of the same kind, namespace and name. */
export function acceptedOf(sources: readonly PolicySource[], known: CompilationCache): Accepted[] {
  const accepted = new Map<string, Accepted>();
  for (const [index, source] of sources.entries()) {
    const { policy, origins } = translated(source);
    if (known.refusals(policy).length > 0) continue;
    const key = JSON.stringify([policy.kind, policyNamespace(policy), policy.metadata?.name]);
    accepted.set(key, { index, source, policy, ...(origins !== undefined && { origins }) });
  }
  return [...accepted.values()];
}

/** The path in the policy as written, for a path in its translation into Cilium's terms. */
export function writtenPath({ origins }: Accepted, path: Path): Path {
  if (origins === undefined) return path;
  const [spec, list, place] = path;
  if (!isItemList(list) || typeof place !== "number") return path;
  const { rule } = origins[list]?.[place] ?? {};
  const direction = list.startsWith("ingress") ? "ingress" : "egress";
  return rule === undefined ? [spec ?? "spec"] : [spec ?? "spec", direction, rule];
}

const isItemList = (member: unknown): member is ItemList =>
  member === "ingress" || member === "ingressDeny" || member === "egress" || member === "egressDeny";

/** The place of a policy, or of a member of it. */
export function placeOf({ policy, index }: Accepted, path: Path): PolicyPlace {
  const namespace = policyNamespace(policy);
  return {
    kind: policy.kind,
    name: policy.metadata?.name ?? "",
    ...(namespace !== undefined && { namespace }),
    index,
    path,
  };
}
