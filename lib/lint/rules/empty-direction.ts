import { type LintRule, Severity } from "../finding";

export const emptyDirection: LintRule = {
  id: "empty-direction",
  severity: Severity.Warning,
  scope: "policy",
  title: "An empty direction",
  why:
    "`ingress: []` (and likewise egress, ingressDeny, egressDeny) counts as absent: it neither allows nor denies, and does not turn default deny on. If " +
    "every direction is empty, Cilium refuses the policy.",
  fix: 'To deny everything in this direction, write one empty rule, "[{}]", or the entity `none`. Otherwise delete it.',
  *check({ rules }) {
    for (const { policy, path, rule } of rules)
      for (const field of ["ingress", "ingressDeny", "egress", "egressDeny"] as const)
        if (rule[field]?.length === 0)
          yield {
            policy,
            path: [...path, field],
            data: {},
            message: `an empty ${field} is read as absent: it denies nothing`,
          };
  },
};
