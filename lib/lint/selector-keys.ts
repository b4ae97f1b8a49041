import type { Path } from "../common/problem";
import type { LabelSelector } from "../kubernetes/label-selector";
import { type LintContext, peerPath } from "./context";

export interface PlacedKey {
  key: string;
  /** The value of a match label, or the only value of an `In`. */
  value?: string;
  /** Whether a pod without the label is selected. */
  negative: boolean;
  path: Path;
}

export function keysOf(selector: LabelSelector | undefined, path: Path): PlacedKey[] {
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

/** The keys of all endpoint selectors, of policies and of their peers. */
export function selectorKeys({
  rules,
  items,
}: Pick<LintContext, "rules" | "items">): { policy: number; keys: PlacedKey[] }[] {
  return [
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
}
