import type { LabelExpression, LabelSelector } from "../../kubernetes/label-selector";
import { CiliumLabel, type EndpointSelector, Label, type NamespaceSelector } from "../api/endpoint-selector";

/** A selector in Cilium's form, with its namespaces as labels. */
export function renderSelector(
  { matchLabels, matchExpressions }: EndpointSelector,
  namespace?: NamespaceSelector,
): LabelSelector {
  const labels: Record<string, string> = {};
  const expressions: LabelExpression[] = [];
  if (namespace?.name !== undefined) labels[CiliumLabel.Namespace] = namespace.name;
  for (const [key, value] of Object.entries(namespace?.matchLabels ?? {}))
    labels[`${CiliumLabel.NamespaceLabels}${key}`] = value;
  if (namespace?.all) expressions.push(Label.exists(CiliumLabel.Namespace));
  Object.assign(labels, matchLabels);
  expressions.push(...(matchExpressions ?? []));
  return {
    ...(Object.keys(labels).length > 0 && { matchLabels: labels }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  };
}
