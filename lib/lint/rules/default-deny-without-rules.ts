import { directions } from "../directions";
import { type LintRule, Severity } from "../finding";

export const defaultDenyWithoutRules: LintRule = {
  id: "default-deny-without-rules",
  severity: Severity.Error,
  scope: "policy",
  title: "enableDefaultDeny for a direction without rules",
  why:
    "The flag only takes effect through the rules of its direction. Without any rules it does nothing, and the direction stays open (cf. " +
    "cilium/cilium#35558).",
  fix: 'Add a rule for the direction. One that allows nothing is enough: "ingress: [{}]" or "egress: [{}]".',
  *check({ rules }) {
    for (const { policy, path, rule } of rules)
      for (const [allow, deny] of directions)
        if (rule.enableDefaultDeny?.[allow] === true && !rule[allow]?.length && !rule[deny]?.length)
          yield {
            policy,
            path: [...path, "enableDefaultDeny", allow],
            data: {},
            message: `without ${allow} rules this flag does nothing: ${allow} stays open`,
          };
  },
};
