import type { Path } from "../common/problem";
import type { LabelSelector } from "../kubernetes/label-selector";

export interface PlacedKey {
  key: string;
  /** Of a match label, or the only value of an In. */
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
