import type { Path } from "../../common/problem";
import { type Direction, type PeerLists, peerLists } from "./peer-lists";
import type { EgressRule, EvaluatedPolicy, IngressRule, Rule } from "./policy";

/** One item of `ingress`, `ingressDeny`, `egress` or `egressDeny`. */
export interface RuleItem {
  /** The item itself. `null` counts as empty. */
  item: IngressRule | EgressRule;
  direction: Direction;
  deny: boolean;
  /** Its path in the rule. */
  path: Path;
}

/** The rules of a policy: those that are known, and then those that depend on values which are not, at their broadest. */
export const possibleRules = ({ spec, specs = [], undecided = [] }: EvaluatedPolicy): Rule[] => [
  ...(spec ? [spec] : []),
  ...specs,
  ...undecided.map(({ rule }) => rule),
];

/** The items of a rule, in Cilium's order. */
export function ruleItems(rule: Rule): RuleItem[] {
  return (["ingress", "egress"] as const).flatMap((direction) =>
    [false, true].flatMap((deny) => {
      const field = deny ? (`${direction}Deny` as const) : direction;
      const items: readonly (IngressRule | EgressRule | null)[] = rule[field] ?? [];
      return items.map((item, index) => ({ item: item ?? {}, direction, deny, path: [field, index] }));
    }),
  );
}

/** The peer lists of each item of a rule. */
export const peersNamed = (rule: Rule): PeerLists[] =>
  ruleItems(rule).map(({ item, direction }) => peerLists(item, direction));
