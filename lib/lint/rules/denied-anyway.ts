import { getOrMake } from "../../common/maps";
import { formatPath } from "../../common/problem";
import { describeObject } from "../../input/manifests/objects";
import type { PlacedItem } from "../context";
import { covers } from "../covers";
import { isEmptyItem } from "../empty-lists";
import { type LintRule, Severity } from "../finding";

export const deniedAnyway: LintRule = {
  id: "denied-anyway",
  severity: Severity.Warning,
  title: "An exception to a denial",
  why:
    "A flow that any rule denies is denied, no matter how narrow the rule that allows it, and in whichever policy: deny rules have no exceptions " +
    "(Cilium's documentation, deny policies).",
  fix: "Deny less: name what to deny, or use `except`. Usually default deny is enough: what no rule allows is blocked even without a deny rule.",
  kubernetes: { fix: "Deny less in the CiliumNetworkPolicy, or delete this rule." },
  *check(context) {
    const denying = new Map(context.rules.map((rule) => [rule, context.itemsOf(rule).filter(({ deny }) => deny)]));
    if ([...denying.values()].every((items) => items.length === 0)) return;
    for (const item of context.items) {
      if (item.deny || isEmptyItem(item)) continue;
      // A cache, because pods share most of their rules.
      const known = new Map<PlacedItem, boolean>();
      const denies = (deny: PlacedItem) => getOrMake(known, deny, () => covers(context, deny, item));
      const denials = context
        .rulesOfSubjects(item.of)
        .map((about) => about.flatMap((rule) => denying.get(rule) ?? []).find(denies));
      const [first] = denials;
      if (first === undefined || denials.includes(undefined)) continue;
      const { kind, metadata } = context.policies[first.of.policy] ?? {};
      const { name = "", namespace } = metadata ?? {};
      const where = describeObject({ kind: kind ?? "", name, ...(namespace !== undefined && { namespace }) });
      yield {
        policy: item.of.policy,
        path: item.path,
        data: { by: where },
        message: `${formatPath(first.path)} of ${where} denies all of this, and a denial always wins, so this allows nothing`,
      };
    }
  },
};
