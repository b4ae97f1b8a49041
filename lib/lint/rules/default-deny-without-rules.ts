import { directions } from "../directions";
import { type LintRule, Severity } from "../finding";

export const defaultDenyWithoutRules: LintRule = {
  id: "default-deny-without-rules",
  severity: Severity.Error,
  scope: "policy",
  title: "enableDefaultDeny for a direction without rules",
  why:
    "The flag rides on the rules of its direction, and where there are none there is nothing for it to ride on: the direction stays open " +
    "(cf. cilium/cilium#35558).",
  fix: 'Give the direction a rule. One that allows nothing is enough: "ingress: [{}]" or "egress: [{}]".',
  *check({ rules }) {
    for (const { policy, path, rule } of rules)
      for (const [allow, deny] of directions)
        if (rule.enableDefaultDeny?.[allow] === true && !rule[allow]?.length && !rule[deny]?.length)
          yield {
            policy,
            path: [...path, "enableDefaultDeny", allow],
            message: `without ${allow} rules this flag does nothing: ${allow} stays open`,
          };
  },
};
