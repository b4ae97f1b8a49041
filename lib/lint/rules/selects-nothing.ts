import { NAMESPACE_KEY, splitSource } from "../../cilium/api/labels";
import type { LabelSelector } from "../../kubernetes/label-selector";
import { type PlacedRule, peerPath } from "../context";
import { isDescribed, namespacesOf } from "../described";
import { type LintRule, Severity } from "../finding";

export const selectsNothing: LintRule = {
  id: "selects-nothing",
  severity: Severity.Warning,
  title: "A selector that selects nothing",
  why:
    "A selector without a match is not an error to anyone. Usually a label is misspelt or a namespace is missing: a peer without a namespace is in the " +
    "policy's own.",
  fix: "Correct the labels. For peers in another namespace, add `k8s:io.kubernetes.pod.namespace: <namespace>`.",
  kubernetes: {
    fix: "Correct the labels. For peers in another namespace, add a namespaceSelector.",
  },
  *check(context) {
    for (const placed of context.rules) {
      const { policy, path, subject, subjects } = placed;
      if (subject === undefined || context.selectedOnNodes(subject).length > 0) continue;
      if (subjects.length === 0 && isDescribed(context, subject))
        yield {
          policy,
          path: [...path, "endpointSelector"],
          data: { selector: JSON.stringify(placed.rule.endpointSelector) },
          message: `no pod${inside(placed)} has these labels, so the policy applies to no pod`,
        };
    }
    for (const item of context.items)
      for (const [index, manifest] of (item.endpoints ?? []).entries()) {
        const selector = context.peerSelector(item, manifest);
        const found = context.selected(selector).length + context.selectedOnNodes(selector).length > 0;
        if (found || !isDescribed(context, selector)) continue;
        const wanted = namespacesOf(selector, context.scenario)?.[0];
        const elsewhere = context.pods.find(
          ({ facts }) => hasLabels(facts.labels, manifest) && facts.namespace !== wanted,
        );
        const hint = elsewhere ? ` (${elsewhere.facts.id} in the namespace ${elsewhere.facts.namespace} does)` : "";
        yield {
          policy: item.of.policy,
          path: [...peerPath(item, "endpoints"), index],
          data: { selector: JSON.stringify(manifest) },
          message: `no pod${wanted === undefined ? "" : ` of the namespace ${wanted}`} has these labels${hint}`,
        };
      }
  },
};

const inside = ({ namespace }: PlacedRule) => (namespace === undefined ? "" : ` of the namespace ${namespace}`);

function hasLabels(labels: Record<string, string> = {}, { matchLabels = {} }: LabelSelector): boolean {
  const wanted = Object.entries(matchLabels).filter(([key]) => splitSource(key).key !== NAMESPACE_KEY);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[splitSource(key).key] === value);
}
