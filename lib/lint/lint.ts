import type { EvaluatedPolicy } from "../cilium/api/policy";
import type { NullValue } from "../input/manifests/admitted";
import { describeObject } from "../input/manifests/objects";
import type { Scenario } from "../scenario/scenario";
import { LintContext } from "./context";
import type { Finding, LintRule } from "./finding";
import { rules } from "./rules";

/**
 * The policies, or parts of them, that do not do what they seem to.
 *
 * Pure. What a rule cannot prove from the policies and the scenario it does not report, so an incomplete scenario gives fewer
 * findings and not wrong ones.
 *
 * @param scenario The cluster as far as it is known.
 * @param only The rules to apply. Default: all.
 * @param nulls Where the policies had null when they were read, by their places; policies themselves are as a cluster stores them.
 * @throws {ProblemError} if the scenario contradicts itself.
 * @returns In the order of the policies, and within one in that of {@link rules}.
 */
export function lint(
  policies: readonly EvaluatedPolicy[],
  scenario: Scenario,
  only: readonly LintRule[] = rules,
  nulls: ReadonlyMap<number, readonly NullValue[]> = new Map(),
): Finding[] {
  const context = new LintContext(policies, scenario, nulls);
  const findings = only.flatMap((rule) =>
    [...rule.check(context)].flatMap((observation): Finding[] => {
      const { policy, path, asWritten, message, fix, severity = rule.severity } = observation;
      const of = policies[policy];
      const kubernetes = of?.kind === "NetworkPolicy" ? rule.kubernetes : undefined;
      if (of?.kind === "NetworkPolicy" && kubernetes === undefined) return [];
      const advice = typeof kubernetes === "object" ? kubernetes.fix : (fix ?? rule.fix);
      return [
        {
          rule: rule.id,
          severity,
          policy,
          object: nameOf(of),
          path,
          ...(asWritten && { asWritten }),
          message,
          fix: advice,
        },
      ];
    }),
  );
  // Sorting is stable, so the order of the rules remains within a policy.
  return findings.sort((a, b) => a.policy - b.policy);
}

function nameOf(policy: EvaluatedPolicy | undefined): string {
  if (policy === undefined) return "";
  const { name, namespace } = policy.metadata;
  return describeObject({ kind: policy.kind, name, ...(namespace !== undefined && { namespace }) });
}
