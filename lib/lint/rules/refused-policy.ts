import { type LintRule, Severity } from "../finding";

export const refusedPolicy: LintRule = {
  id: "refused-policy",
  severity: Severity.Error,
  scope: "policy",
  title: "A policy that Cilium refuses",
  why:
    "The API server accepts it, Cilium's agent and operator log an error and go on without it: what it should deny stays open. " +
    "`ingress: []` together with `egress: []`, meant as a default deny, is the classic. The policy's status says `Valid: False`.",
  fix: 'Write what the message asks for. The default deny of a direction is one empty rule: "ingress: [{}]".',
  tiers: true,
  *check({ refused }) {
    for (const [policy, problems] of refused)
      for (const { path = [], message } of problems)
        yield { policy, path, message: `Cilium refuses the whole policy, so it has no effect: ${message}` };
  },
};
