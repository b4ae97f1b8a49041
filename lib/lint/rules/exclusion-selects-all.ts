import { CLUSTER_KEY } from "../../cilium/api/labels";
import type { ItemList } from "../../cilium/api/policy";
import type { LabelSelector } from "../../kubernetes/label-selector";
import { type LintRule, Severity } from "../finding";

export const exclusionSelectsAll: LintRule = {
  id: "exclusion-selects-all",
  severity: Severity.Error,
  title: "A peer that excludes namespaces and selects everybody",
  why:
    "Cilium does not add any label that a pod would need to match a `namespaces` peer. So a peer that only excludes (`NotIn`, `DoesNotExist`) also " +
    "selects what has no namespace, such as nodes and the world. It also selects the identities that stand for all pods and all addresses, so the " +
    "excluded namespaces are selected as well. Measured with Cilium 1.20.2's own engine.",
  fix: "Write `pods: {namespaceSelector: …, podSelector: {}}` instead, which selects only pods of the cluster, or name the namespaces with `In`.",
  tiers: true,
  *check({ policies, refused, scenario }) {
    const isOfAnyCluster = scenario.cluster?.policyDefaultLocalCluster === false;
    for (const [policy, { ordered, spec, unread }] of policies.entries()) {
      if (ordered === undefined || unread !== undefined || refused.has(policy)) continue;
      for (const list of LISTS)
        for (const [place, { anyCluster }] of ordered.items[list].entries()) {
          if (anyCluster !== true && !isOfAnyCluster) continue;
          const item = spec?.[list]?.[place] as
            | { fromEndpoints?: LabelSelector[]; toEndpoints?: LabelSelector[] }
            | undefined;
          const field = list.startsWith("ingress") ? "fromEndpoints" : "toEndpoints";
          const [selector] = item?.[field] ?? [];
          if (selector === undefined || !onlyExcludes(selector)) continue;
          yield {
            policy,
            path: ["spec", list, place, field],
            data: { selector: JSON.stringify(selector) },
            message: "this selects every pod, including those it excludes, as well as nodes and the world",
          };
        }
    }
  },
};

const LISTS: readonly ItemList[] = ["ingress", "ingressDeny", "egress", "egressDeny"];

function onlyExcludes({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  if (Object.keys(matchLabels).length > 0 || matchExpressions.length === 0) return false;
  return matchExpressions.every(
    ({ key, operator }) => key !== CLUSTER_KEY && (operator === "NotIn" || operator === "DoesNotExist"),
  );
}
