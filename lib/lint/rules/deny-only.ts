import type { PlacedItem } from "../context";
import { directions } from "../directions";
import { isEmptyItem } from "../empty-lists";
import { type LintRule, Severity } from "../finding";

export const denyOnly: LintRule = {
  id: "deny-only",
  severity: Severity.Error,
  title: "A policy that only denies blocks everything",
  why:
    "Any rule turns default deny on for its direction, even one that denies. So besides what the policy names, everything that no policy allows is " +
    "blocked.",
  fix: "To block only the named peers, add `enableDefaultDeny: {ingress: false}` (or egress). To block everything, say so with a rule that allows nothing.",
  *check(context) {
    for (const placed of context.rules) {
      const { policy, path, rule } = placed;
      for (const [allow, deny] of directions) {
        if (!rule[deny]?.length || rule[allow]?.length || rule.enableDefaultDeny?.[allow] !== undefined) continue;
        // The rule empty-rule reports rules that name nobody.
        const denied = context.itemsOf(placed).filter((item) => item.deny && item.direction === allow);
        if (denied.every(isEmptyItem)) continue;
        // If everything is denied outright, default deny blocks nothing more. The rule denied-anyway reports what other policies allow in vain.
        if (denied.some(isEverything)) continue;
        if (context.acceptsByTier(allow)) continue;
        // Another policy that allows something in this direction shows that default deny is wanted.
        const isAllowed = context
          .rulesOfSubjects(placed)
          .some((about) => about.some((other) => other.rule[allow]?.length));
        if (isAllowed) continue;
        yield {
          policy,
          path: [...path, deny],
          data: {},
          message: `this also blocks all other ${allow} of the pods, because nothing allows it`,
        };
      }
    }
  },
};

function isEverything(item: PlacedItem): boolean {
  const hasPorts = (item.toPorts ?? []).length + (item.icmps ?? []).length > 0;
  return !hasPorts && item.entities?.includes("all") === true;
}
