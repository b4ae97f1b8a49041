import { type Decoded, list, mapOf, object, optional, string, word } from "./decode";

/** A label selector, as Linkerd's policy controller decodes it. */
export const selector = object({
  matchLabels: optional(mapOf(string)),
  matchExpressions: optional(
    list(
      object({
        key: string,
        operator: word("In", "NotIn", "Exists", "DoesNotExist"),
        values: optional(list(string)),
      }),
    ),
  ),
});

export type Selector = Decoded<typeof selector>;
type Expression = NonNullable<Selector["matchExpressions"]>[number];

/** Whether a selector selects these labels. Both parts must hold; an empty selector selects everything. */
export function selects({ matchLabels, matchExpressions }: Selector, labels: ReadonlyMap<string, string>): boolean {
  for (const [key, value] of matchLabels ?? []) if (labels.get(key) !== value) return false;
  return (matchExpressions ?? []).every((expression) => holds(expression, labels));
}

/**
 * Unlike in Kubernetes, `In` and `NotIn` without a list never hold, nor do `Exists` and `DoesNotExist` with a list, even an empty one
 * (`policy-controller/k8s/api/src/labels.rs`).
 */
function holds({ key, operator, values }: Expression, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(key);
  switch (operator) {
    case "In":
      return values !== undefined && value !== undefined && values.includes(value);
    case "NotIn":
      return values !== undefined && (value === undefined || !values.includes(value));
    case "Exists":
      return values === undefined && value !== undefined;
    case "DoesNotExist":
      return values === undefined && value === undefined;
  }
}
