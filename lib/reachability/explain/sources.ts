import type { ClusterNetworkPolicy } from "../../cilium/api/cluster-network-policy";
import { fromClusterNetworkPolicy, type OrderedOrigin } from "../../cilium/api/from-cluster-network-policy";
import { fromKubernetes, type ItemOrigin, type KubernetesNetworkPolicy } from "../../cilium/api/from-kubernetes";
import type { EvaluatedPolicy, ItemList } from "../../cilium/api/policy";
import { policyNamespace } from "../../cilium/policy/entries";
import type { Known } from "../../cilium/policy/known";
import type { Path, Place } from "../../common/problem";

/**
 * A policy as it is written: Cilium's own, or Kubernetes' own. A NetworkPolicy that is at hand only in Cilium's terms ({@link EvaluatedPolicy} of
 * that kind) can be explained and not edited; a ClusterNetworkPolicy never is edited.
 */
export type PolicySource = EvaluatedPolicy | KubernetesNetworkPolicy | ClusterNetworkPolicy;

/** A policy, or a rule in it, and where it is written. */
export interface PolicyPlace {
  /** E.g. `CiliumNetworkPolicy`. */
  kind: string;
  /** Absent on a clusterwide one. */
  namespace?: string;
  /** Its name. */
  name: string;
  /** Its place in the list of policies. */
  index: number;
  /** The member that it is about, in the policy as it is written. */
  path: Path;
  /** File and line, where they are known. */
  place?: Place;
}

/** A policy that Cilium takes. */
export interface Accepted {
  /** Its place in the list that was given. */
  index: number;
  source: PolicySource;
  policy: EvaluatedPolicy;
  /** Of a policy of Kubernetes': where the items of its translation come from. */
  origins?: Origins;
}

/** Of the items of each list that has some. */
type Origins = Readonly<Partial<Record<ItemList, readonly (ItemOrigin | OrderedOrigin)[]>>>;

/** Whether a policy is a NetworkPolicy, as it is written. */
export function isKubernetes(source: PolicySource): source is KubernetesNetworkPolicy {
  return source.kind === "NetworkPolicy" && "apiVersion" in source;
}

/** A policy in Cilium's terms; of one source always the same object. */
export function evaluatedOf(source: PolicySource): EvaluatedPolicy {
  return translated(source).policy;
}

/** Whether a policy is a ClusterNetworkPolicy, as it is written. */
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

/** The policies that Cilium takes; of two of one kind and name the later, which has replaced the earlier. */
export function acceptedOf(sources: readonly PolicySource[], known: Known): Accepted[] {
  const accepted = new Map<string, Accepted>();
  for (const [index, source] of sources.entries()) {
    const { policy, origins } = translated(source);
    if (known.refusals(policy).length > 0) continue;
    const key = JSON.stringify([policy.kind, policyNamespace(policy), policy.metadata?.name]);
    accepted.set(key, { index, source, policy, ...(origins !== undefined && { origins }) });
  }
  return [...accepted.values()];
}

/** Where an item of the policy in Cilium's terms stands in the policy as it is written. */
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

/** A policy, or a member of it, as explanations name it. */
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
