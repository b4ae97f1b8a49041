import { type LintRule, Severity } from "../finding";

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
  *check({ refused }) {
    for (const [policy, problems] of refused)
      for (const { code, path = [], message } of problems)
        yield {
          policy,
          path,
          data: { code },
          message: `Cilium refuses the whole policy, so it has no effect: ${message}`,
        };
  },
};
