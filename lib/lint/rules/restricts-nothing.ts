import type { Direction } from "../../cilium/api/peer-lists";
import { formatPath } from "../../common/problem";
import { describeObject } from "../../input/manifests/objects";
import type { LintContext, PlacedItem, PlacedRule } from "../context";
import { covers } from "../covers";
import { directions } from "../directions";
import { isEmptyItem } from "../empty-lists";
import { type LintRule, Severity } from "../finding";

export const restrictsNothing: LintRule = {
  id: "restricts-nothing",
  severity: Severity.Warning,
  title: "A policy that restricts nothing, because another allows more",
  why:
    "Pods may do whatever any of their policies allows, so a narrow policy takes nothing away from a wide one. If another policy already allows these " +
    "pods the whole cluster or the world, listing the few peers they need does not limit them.",
  fix: "Exclude these pods from the wide policy's selector, or add a deny rule for what they must not do.",
  kubernetes: {
    fix: "Exclude these pods from the wide policy's selector. Only Cilium's policies can deny.",
  },
  *check(context) {
    const wide = new Map(context.rules.map((rule) => [rule, context.itemsOf(rule).filter(isWide)]));
    if ([...wide.values()].every((items) => items.length === 0)) return;
    for (const placed of context.rules)
      for (const [direction, deny] of directions) {
        const own = context.itemsOf(placed).filter((item) => item.direction === direction);
        if (own.length === 0 || own.some((item) => item.deny || isEmptyItem(item) || isWide(item))) continue;
        if (placed.rule[deny]?.length || placed.rule.enableDefaultDeny?.[direction] === false) continue;
        const about = context.rulesOfSubjects(placed);
        const [first, ...others] = about.map((rules) => undoneBy(context, placed, own, rules, wide));
        if (first === undefined || others.includes(undefined)) continue;
        yield {
          policy: placed.policy,
          path: [...placed.path, direction],
          data: { by: objectOf(context, first) },
          message: `this restricts nothing: ${nameOf(context, first)} allows these pods all of it and more`,
        };
      }
  },
};

/** Whether an item allows every port of whole classes of peers. */
function isWide({ deny, entities = [], cidrs = [], cidrSets = [], toPorts, icmps }: PlacedItem): boolean {
  if (deny || (toPorts ?? []).length + (icmps ?? []).length > 0) return false;
  const blocks = [...cidrs, ...cidrSets.map(({ cidr }) => cidr)];
  return (
    entities.some((entity) => everybody.has(entity)) || blocks.some((cidr) => cidr !== undefined && /\/0$/.test(cidr))
  );
}

const everybody: ReadonlySet<string> = new Set(["all", "cluster", "cluster-mesh", "world"]);

/** The wide item of another policy that makes a rule's items pointless for a pod; undefined if the rule does restrict the pod. */
function undoneBy(
  context: LintContext,
  placed: PlacedRule,
  own: readonly PlacedItem[],
  about: readonly PlacedRule[],
  wide: ReadonlyMap<PlacedRule, readonly PlacedItem[]>,
): PlacedItem | undefined {
  const others = about.filter(({ policy }) => policy !== placed.policy);
  const direction: Direction | undefined = own[0]?.direction;
  const allowing = others
    .flatMap((rule) => context.itemsOf(rule))
    .filter((item) => !item.deny && item.direction === direction);
  if (!own.every((item) => allowing.some((other) => covers(context, other, item)))) return undefined;
  const candidates = others.flatMap((rule) => wide.get(rule) ?? []).filter((item) => item.direction === direction);
  return candidates.find((item) => own.some((one) => covers(context, item, one))) ?? candidates[0];
}

const nameOf = (context: LintContext, item: PlacedItem) => `${formatPath(item.path)} of ${objectOf(context, item)}`;

function objectOf({ policies }: LintContext, item: PlacedItem): string {
  const { kind = "", metadata } = policies[item.of.policy] ?? {};
  const { name = "", namespace } = metadata ?? {};
  return describeObject({ kind, name, ...(namespace !== undefined && { namespace }) });
}
