import { subjectSelector } from "../../cilium/api/selector";
import { describeObject } from "../../input/manifests/objects";
import type { LintContext, PlacedRule } from "../context";
import { directions } from "../directions";
import { type LintRule, Severity } from "../finding";

export const baselineOpensClosed: LintRule = {
  id: "baseline-opens-closed",
  severity: Severity.Warning,
  title: "A Baseline rule that opens what default deny closes",
  why:
    "According to its API, a ClusterNetworkPolicy in the tier Baseline does not apply to pods that a NetworkPolicy selects. In Cilium, default deny comes " +
    "after all tiers: what no rule of a NetworkPolicy or a Cilium policy allows is passed to the Baseline tier, and a rule there that accepts opens it. " +
    "Measured with Cilium 1.20.2's own engine.",
  fix: "Exclude these pods from the subject, or add deny rules to their own policies.",
  tiers: true,
  *check(context) {
    for (const [policy, { ordered, spec, unread }] of context.policies.entries()) {
      if (ordered?.tier !== "Baseline" || unread !== undefined || context.refused.has(policy)) continue;
      const subject = subjectSelector(spec?.endpointSelector ?? {}, undefined);
      const pods = new Set(context.selected(subject));
      for (const [direction] of directions) {
        const closing = context.rules.find(
          (placed) => closes(context, placed, direction) && placed.subjects.some((pod) => pods.has(pod)),
        );
        const place = ordered.items[direction].findIndex(({ passes }) => passes !== true);
        if (closing === undefined || place < 0) continue;
        const pod = closing.subjects.find((one) => pods.has(one))?.facts.id ?? "";
        const { kind = "", metadata } = context.policies[closing.policy] ?? {};
        const { name = "", namespace } = metadata ?? {};
        const closer = describeObject({ kind, name, ...(namespace !== undefined && { namespace }) });
        yield {
          policy,
          path: ["spec", direction, place],
          data: { closer, pod },
          message: `${closer} closes ${direction} of ${pod}, and this opens it`,
        };
      }
    }
  },
};

function closes(context: LintContext, placed: PlacedRule, direction: "ingress" | "egress"): boolean {
  if (placed.rule.enableDefaultDeny?.[direction] === false) return false;
  return context.itemsOf(placed).some((item) => item.direction === direction);
}
