import {
  ANY_SOURCE,
  K8S_SOURCE,
  type Label,
  LabelSet,
  NAMESPACE_KEY,
  NAMESPACE_LABELS_PREFIX,
} from "../cilium/api/labels";
import { type Requirement, type Selector, selects } from "../cilium/api/selector";
import { podLabels } from "../cilium/policy/identity";
import { labelFilter } from "../cilium/policy/label-filter";
import type { Scenario } from "../scenario/scenario";

const namespaceName = `${NAMESPACE_LABELS_PREFIX}kubernetes.io/metadata.name`;

/**
 * The labels of pods that a selector would select, with only the labels that it requires, one pod for each value that it lists. They represent pods that
 * the scenario lacks. Empty if no pod can have such labels.
 */
export function hypotheticalPods(selector: Selector, scenario: Scenario): LabelSet[] {
  const required = selector.requirements.filter(({ operator }) => operator === "In" || operator === "Exists");
  const variants = Math.max(1, ...required.map(({ values }) => values.length));
  return namespacesFor(required, scenario)
    .flatMap((namespace) =>
      Array.from({ length: variants }, (_, at) => hypotheticalPod(required, at, namespace, scenario)),
    )
    .filter((labels) => selects(selector, labels));
}

function namespacesFor(required: readonly Requirement[], { namespaces = [] }: Scenario): string[] {
  const named = required.filter(({ key }) => key === NAMESPACE_KEY || key === namespaceName);
  const all = new Set([...named.flatMap(({ values }) => values), ...namespaces.map(({ name }) => name)]);
  return all.size > 0 ? [...all] : [""];
}

function hypotheticalPod(
  required: readonly Requirement[],
  at: number,
  namespace: string,
  scenario: Scenario,
): LabelSet {
  const own = podLabels({ namespace }, scenario);
  const isKept = labelFilter(scenario.cluster?.labels);
  const labels = required
    .map(({ source, key, values }): Label => {
      const value = values[Math.min(at, values.length - 1)] ?? "";
      return { source: source === ANY_SOURCE ? K8S_SOURCE : source, key, value };
    })
    .filter((label) => label.source === K8S_SOURCE && isKept(label) && !own.hasKey(label.key));
  return new LabelSet([...own, ...labels]);
}
