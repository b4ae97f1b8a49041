import type { EgressRule, IngressRule, Rule } from "../../cilium/api/policy";

/** One item of a rule, of either direction. */
export type Item = IngressRule | EgressRule;

/** All items of a rule. */
export function directions(rule: Rule): Item[] {
  return [rule.ingress, rule.ingressDeny, rule.egress, rule.egressDeny].flatMap((items) => items ?? []);
}
