import type { EvaluatedPolicy } from "../cilium/api/policy";

/** The policy with default deny on in every direction that it has rules for. */
export function withDefaultDeny(policy: EvaluatedPolicy): EvaluatedPolicy {
  const strict = <T extends { enableDefaultDeny?: unknown }>({ enableDefaultDeny: _, ...rule }: T) => rule;
  return {
    ...policy,
    ...(policy.spec && { spec: strict(policy.spec) }),
    ...(policy.specs && { specs: policy.specs.map(strict) }),
  } as EvaluatedPolicy;
}
