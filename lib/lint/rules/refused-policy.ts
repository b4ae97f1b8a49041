import type { Path } from "../../common/problem";
import { type FindingData, type LintRule, Severity } from "../finding";

export const refusedPolicy: LintRule = {
  id: "refused-policy",
  severity: Severity.Error,
  scope: "policy",
  title: "A policy that Cilium refuses",
  why:
    "The API server accepts it, but Cilium's agent and operator log an error and ignore it: what it should deny stays open. The classic example is " +
    "`ingress: []` together with `egress: []`, meant as a default deny. The policy's status says `Valid: False`.",
  fix: 'Fix what the message names. To deny everything in a direction by default, write one empty rule: "ingress: [{}]".',
  tiers: true,
  *check({ policies, refused }) {
    for (const [policy, problems] of refused)
      for (const { code, path = [], message } of problems)
        yield {
          policy,
          path,
          data: { code, ...valueAt(policies[policy], path) },
          message: `Cilium refuses the whole policy, so it has no effect: ${message}`,
        };
  },
};

/** What is refused, if it is a single value. */
function valueAt(policy: unknown, path: Path): FindingData {
  const value = path.reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[part] : undefined),
    policy,
  );
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? { value } : {};
}
