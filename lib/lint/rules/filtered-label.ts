import { ANY_SOURCE, K8S_SOURCE, splitSource } from "../../cilium/api/labels";
import { labelFilter } from "../../cilium/policy/label-filter";
import { type LintRule, Severity } from "../finding";
import { selectorKeys } from "../selector-keys";

export const filteredLabel: LintRule = {
  id: "filtered-label",
  severity: Severity.Error,
  scope: "policy",
  title: "A label that Cilium leaves out of the identity",
  why:
    "Cilium leaves out labels that change with every rollout or differ between replicas, such as pod-template-hash, and most labels under kubernetes.io " +
    "(Cilium `pkg/labelsfilter/filter.go`). A selector that requires one matches nothing.",
  fix: "Select by a label that Cilium keeps, or make the agent keep this one, with `labels` in the chart or in cilium-config.",
  kubernetes: true,
  *check(context) {
    const isKept = labelFilter(context.scenario.cluster?.labels);
    for (const { policy, keys } of selectorKeys(context))
      for (const { key, negative, path } of keys) {
        const { source, key: bare } = splitSource(key);
        if (!["", ANY_SOURCE, K8S_SOURCE].includes(source) || isKept({ source: K8S_SOURCE, key: bare })) continue;
        const effect = negative ? "this holds for every pod" : "this selects no pod";
        yield { policy, path, data: { label: bare }, message: `Cilium does not keep the label ${bare}, so ${effect}` };
      }
  },
};
