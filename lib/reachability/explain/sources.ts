import {
  fromKubernetes,
  type ItemOrigin,
  type KubernetesNetworkPolicy,
  type TranslatedPolicy,
} from "../../cilium/api/from-kubernetes";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { refusals } from "../../cilium/api/refusals";
import { policyNamespace } from "../../cilium/policy/entries";
import type { Path, Place } from "../../common/problem";
import type { Scenario } from "../../scenario/scenario";

/**
 * A policy as it is written: Cilium's own, or Kubernetes' own. One of Kubernetes' that is at hand only in Cilium's terms
 * ({@link EvaluatedPolicy} of the kind NetworkPolicy) can be explained and not edited.
 */
export type PolicySource = EvaluatedPolicy | KubernetesNetworkPolicy;

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
  /** Of a NetworkPolicy: where the items of its translation come from. */
  origins?: Readonly<Record<"ingress" | "egress", readonly ItemOrigin[]>>;
}

/** Whether a policy is Kubernetes' own, as it is written. */
export function isKubernetes(source: PolicySource): source is KubernetesNetworkPolicy {
  return source.kind === "NetworkPolicy" && "apiVersion" in source;
}

/** A policy in Cilium's terms; of one source always the same object. */
export function evaluatedOf(source: PolicySource): EvaluatedPolicy {
  return translated(source).policy;
}

const translations = new WeakMap<PolicySource, TranslatedPolicy>();

function translated(source: PolicySource): TranslatedPolicy {
  if (!isKubernetes(source)) return { policy: source as EvaluatedPolicy, ingress: [], egress: [] };
  const known = translations.get(source);
  if (known !== undefined) return known;
  const made = fromKubernetes(source);
  translations.set(source, made);
  return made;
}

/** The policies that Cilium takes; of two of one kind and name the later, which has replaced the earlier. */
export function acceptedOf(sources: readonly PolicySource[], { cluster }: Pick<Scenario, "cluster">): Accepted[] {
  const accepted = new Map<string, Accepted>();
  for (const [index, source] of sources.entries()) {
    const { policy, ingress, egress } = translated(source);
    if (refusals(policy, cluster).length > 0) continue;
    const key = JSON.stringify([policy.kind, policyNamespace(policy), policy.metadata?.name]);
    accepted.set(key, { index, source, policy, ...(isKubernetes(source) && { origins: { ingress, egress } }) });
  }
  return [...accepted.values()];
}

/** Where an item of the policy in Cilium's terms stands in the policy as it is written. */
export function writtenPath({ origins }: Accepted, path: Path): Path {
  if (origins === undefined) return path;
  const [spec, direction, place] = path;
  if ((direction !== "ingress" && direction !== "egress") || typeof place !== "number") return path;
  const { rule } = origins[direction][place] ?? {};
  return rule === undefined ? [spec ?? "spec"] : [spec ?? "spec", direction, rule];
}

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

/** `shop/api.yaml:14` */
export const placeWords = ({ file, line }: Place): string => (line === undefined ? file : `${file}:${line}`);
