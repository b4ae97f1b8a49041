import { ANY_SOURCE, K8S_SOURCE, NAMESPACE_KEY, splitSource } from "../../cilium/api/labels";
import { labelFilter } from "../../cilium/policy/label-filter";
import type { Path } from "../../common/problem";
import type { LabelSelector } from "../../kubernetes/label-selector";
import { type PlacedRule, peerPath } from "../context";
import { isDescribed, namespacesOf } from "../described";
import { type LintRule, Severity } from "../finding";

interface PlacedKey {
  key: string;
  /** Of a match label, or the only value of an In. */
  value?: string;
  /** Whether a pod without the label is selected. */
  negative: boolean;
  path: Path;
}

function keysOf(selector: LabelSelector | undefined, path: Path): PlacedKey[] {
  return [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({
      key,
      value,
      negative: false,
      path: [...path, "matchLabels", key],
    })),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values }, index) => ({
      key,
      ...(operator === "In" && values?.length === 1 && { value: values[0] }),
      negative: operator === "NotIn" || operator === "DoesNotExist",
      path: [...path, "matchExpressions", index, "key"],
    })),
  ];
}

export const filteredLabel: LintRule = {
  id: "filtered-label",
  severity: Severity.Error,
  title: "A label that is no part of the identity",
  why:
    "Cilium leaves labels out of a pod's identity that change with every rollout or differ between replicas, such as pod-template-hash, and " +
    "most under kubernetes.io (Cilium `pkg/labelsfilter/filter.go`). A selector that asks for one matches nothing.",
  fix: "Select by a label of your own, such as app.",
  kubernetes: true,
  *check({ rules, items, scenario }) {
    const isKept = labelFilter(scenario.cluster?.labels);
    const placed = [
      ...rules.map(({ policy, path, rule }) => ({
        policy,
        keys: keysOf(rule.endpointSelector, [...path, "endpointSelector"]),
      })),
      ...items.flatMap((item) =>
        (item.endpoints ?? []).map((selector, index) => ({
          policy: item.of.policy,
          keys: keysOf(selector, [...peerPath(item, "endpoints"), index]),
        })),
      ),
    ];
    for (const { policy, keys } of placed)
      for (const { key, negative, path } of keys) {
        const { source, key: bare } = splitSource(key);
        if (!["", ANY_SOURCE, K8S_SOURCE].includes(source) || isKept({ source: K8S_SOURCE, key: bare })) continue;
        const effect = negative ? "this is true of every pod" : "this selects no pod";
        yield { policy, path, message: `Cilium does not keep the label ${bare}, so ${effect}` };
      }
  },
};

export const foreignNamespaceSubject: LintRule = {
  id: "foreign-namespace-subject",
  severity: Severity.Error,
  title: "A policy for pods of another namespace",
  why:
    "A CiliumNetworkPolicy is about pods of its own namespace. Cilium overwrites `k8s:io.kubernetes.pod.namespace` in its endpointSelector with " +
    "that, and says so only in the agent's log; without the prefix `k8s:` both conditions must hold, which no pod meets.",
  fix: "Put the policy into that namespace, or use a CiliumClusterwideNetworkPolicy.",
  *check({ rules }) {
    for (const { policy, path, rule, namespace } of rules)
      for (const { key, value, path: at } of keysOf(rule.endpointSelector, [...path, "endpointSelector"])) {
        const { source, key: bare } = splitSource(key);
        if (namespace === undefined || bare !== NAMESPACE_KEY || value === undefined || value === namespace) continue;
        const overwritten = source === K8S_SOURCE && at.at(-2) === "matchLabels";
        const effect = overwritten ? `Cilium selects pods of ${namespace} instead` : "so no pod is selected";
        yield { policy, path: at, message: `the policy is in ${namespace} and asks for pods of ${value}: ${effect}` };
      }
  },
};

export const selectsNothing: LintRule = {
  id: "selects-nothing",
  severity: Severity.Warning,
  title: "A selector that selects nothing",
  why: "A selector without a match is no error to anyone. Mostly it is a slip in a label or a missing namespace: a peer without one is in the policy's own.",
  fix: "Correct the labels. For peers in another namespace add `k8s:io.kubernetes.pod.namespace: <namespace>`.",
  kubernetes: { fix: "Correct the labels. For peers in another namespace add a namespaceSelector." },
  *check(context) {
    for (const placed of context.rules) {
      const { policy, path, subject, subjects } = placed;
      if (subject === undefined || context.selectedOnNodes(subject).length > 0) continue;
      if (subjects.length === 0 && isDescribed(context, subject))
        yield {
          policy,
          path: [...path, "endpointSelector"],
          message: `no pod${inside(placed)} has these labels, so the policy is about nobody`,
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
        const hint = elsewhere ? ` (${elsewhere.facts.id} has, in the namespace ${elsewhere.facts.namespace})` : "";
        yield {
          policy: item.of.policy,
          path: [...peerPath(item, "endpoints"), index],
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
