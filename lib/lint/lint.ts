import type { EvaluatedPolicy } from "../cilium/api/policy";
import type { RefusalCache } from "../cilium/api/refusal-cache";
import type { NullValue } from "../input/manifests/admitted";
import { describeObject } from "../input/manifests/objects";
import { withOpaqueServers } from "../reachability/authorization";
import type { LintFacts } from "../scenario/lint-facts";
import type { Scenario } from "../scenario/scenario";
import { LintContext } from "./context";
import type { Finding, LintRule, Subject } from "./finding";
import { rules } from "./rules";

/** Options of lint. */
export interface LintOptions {
  /** The rules to apply. Default: all. */
  rules?: readonly LintRule[];
  /** What is known of the cluster beside the scenario. Default: nothing. */
  facts?: LintFacts;
  /** Where the policies had null when they were read, by their places; policies themselves are as a cluster stores them. Default: nowhere. */
  nulls?: ReadonlyMap<number, readonly NullValue[]>;
  /** @internal Refusals that are known already, of policies that have not changed since. */
  refusals?: RefusalCache;
}

/**
 * The policies, or parts of them, that do not do what they seem to.
 *
 * Pure. What a rule cannot prove from the policies and the scenario it does not report, so an incomplete scenario gives fewer
 * findings and not wrong ones.
 *
 * @param scenario The cluster as far as it is known.
 * @throws {ProblemError} if the scenario contradicts itself.
 * @returns In the order of the policies, behind them Linkerd's objects and workloads, and within one in that of {@link rules}.
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
      const { path, asWritten, message, fix, severity = rule.severity } = observation;
      const { object, kind } = subjects(observation);
      const kubernetes = kind === "NetworkPolicy" ? rule.kubernetes : undefined;
      if (kind === "NetworkPolicy" && kubernetes === undefined) return [];
      if (kind === "ClusterNetworkPolicy" && rule.tiers !== true) return [];
      const advice = typeof kubernetes === "object" ? kubernetes.fix : (fix ?? rule.fix);
      const subject = subjectOf(observation);
      return [
        { rule: rule.id, severity, ...subject, object, path, ...(asWritten && { asWritten }), message, fix: advice },
      ];
    }),
  );
  // Sorting is stable, so the order of the rules remains within a policy.
  const objects = scenario.mesh?.authorization?.objects.length ?? 0;
  const rank = ({ policy, linkerd, workload }: Subject): number =>
    policy ?? policies.length + (linkerd ?? objects + workload);
  return findings.sort((a, b) => rank(a) - rank(b));
}

function subjectOf({ policy, linkerd, workload }: Subject): Subject {
  if (policy !== undefined) return { policy };
  return linkerd === undefined ? { workload } : { linkerd };
}

/** How what a finding is about is called. */
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
