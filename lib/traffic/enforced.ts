import type { EvaluatedPolicy } from "../cilium/api/policy";

/** A policy as it is when it cuts what it does not allow. */
export function enforced(policy: EvaluatedPolicy): EvaluatedPolicy {
  const strict = <T extends { enableDefaultDeny?: unknown }>({ enableDefaultDeny: _, ...rule }: T) => rule;
  return {
    ...policy,
    ...(policy.spec && { spec: strict(policy.spec) }),
    ...(policy.specs && { specs: policy.specs.map(strict) }),
  } as EvaluatedPolicy;
}
