import type { Path } from "../../common/problem";
import { type Direction, type PeerLists, peerLists } from "./peer-lists";
import type { EgressRule, IngressRule, Rule } from "./policy";

/** One item of `ingress`, `ingressDeny`, `egress` or `egressDeny`. */
export interface RuleItem {
  /** The item itself. `null` counts as empty. */
  item: IngressRule | EgressRule;
  direction: Direction;
  deny: boolean;
  /** Its path in the rule. */
  path: Path;
}

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
