import type { EvaluatedPolicy } from "../cilium/api/policy";
import type { RefusalCache } from "../cilium/api/refusal-cache";
import type { NullValue } from "../input/manifests/admitted";
import { describeObject } from "../input/manifests/objects";
import { withOpaqueServers } from "../reachability/linkerd/authorization";
import type { LintFacts } from "../scenario/lint-facts";
import type { Scenario } from "../scenario/scenario";
import { LintContext } from "./context";
import type { Finding, LintRule, Subject } from "./finding";
import { rules } from "./rules";

/** Options of lint. */
export interface LintOptions {
  /** The rules to apply. Default: all. */
  rules?: readonly LintRule[];
  /** Facts about the cluster that the scenario lacks. Default: none. */
  facts?: LintFacts;
  /** By policy index, the nulls that the policy contained when it was read; the policies themselves are as a cluster stores them. Default: none. */
  nulls?: ReadonlyMap<number, readonly NullValue[]>;
  /** @internal The known refusals of policies that have not changed. */
  refusals?: RefusalCache;
}

/**
 * Finds policies, or parts of them, that do not do what they seem to.
 *
 * Rules report only what they can prove from the policies and the scenario, so an incomplete scenario leads to fewer findings, not to wrong ones. Pure.
 *
 * @param scenario The known part of the cluster.
 * @throws {ProblemError} if the scenario contradicts itself.
 * @returns the findings, ordered by policy, then Linkerd's objects, then workloads; within one subject, in the order of {@link rules}
 *
 * @example
 * for (const { object, rule, message, fix } of lint(policies, scenario)) console.log(`${object}: ${message} (${rule}). ${fix}`);
 */
export function lint(
  policies: readonly EvaluatedPolicy[],
  scenario: Scenario,
  { rules: applied = rules, facts = {}, nulls = new Map(), refusals }: LintOptions = {},
): Finding[] {
  const context = new LintContext(policies, withOpaqueServers(scenario), facts, nulls, refusals);
  const subjects = namesOf(policies, scenario, facts);
  const findings = applied.flatMap((rule) =>
    [...rule.check(context)].flatMap((observation): Finding[] => {
      const { path, asWritten, data, message, fix, severity = rule.severity } = observation;
      const { object, kind } = subjects(observation);
      const kubernetes = kind === "NetworkPolicy" ? rule.kubernetes : undefined;
      if (kind === "NetworkPolicy" && kubernetes === undefined) return [];
      if (kind === "ClusterNetworkPolicy" && rule.tiers !== true) return [];
      const advice = typeof kubernetes === "object" ? kubernetes.fix : (fix ?? rule.fix);
      const subject = subjectOf(observation);
      return [
        {
          ...{ rule: rule.id, severity, ...subject, object, path, data },
          ...(asWritten && { asWritten }),
          ...{ message, fix: advice },
        },
      ];
    }),
  );
  // Sorting is stable, so findings of one subject stay in the order of the rules.
  const objects = scenario.mesh?.authorization?.objects.length ?? 0;
  const rank = ({ policy, linkerd, workload }: Subject): number =>
    policy ?? policies.length + (linkerd ?? objects + workload);
  return findings.sort((a, b) => rank(a) - rank(b));
}

function subjectOf({ policy, linkerd, workload }: Subject): Subject {
  if (policy !== undefined) return { policy };
  return linkerd === undefined ? { workload } : { linkerd };
}

/** Names the subjects of findings. */
function namesOf(policies: readonly EvaluatedPolicy[], { mesh }: Scenario, { workloads = [] }: LintFacts) {
  return ({ policy, linkerd, workload }: Subject): { object: string; kind: string } => {
    if (workload !== undefined) {
      const { kind = "", name = "", namespace = "" } = workloads[workload] ?? {};
      return { kind, object: describeObject({ kind, name, namespace }) };
    }
    const object = policy === undefined ? mesh?.authorization?.objects[linkerd] : policies[policy];
    const kind = typeof object?.kind === "string" ? object.kind : "";
    const { name, namespace } = (object?.metadata ?? {}) as Partial<EvaluatedPolicy["metadata"]>;
    return { kind, object: describeObject({ kind, name: name ?? "", ...(namespace !== undefined && { namespace }) }) };
  };
}
