import { ANY_SOURCE, splitSource } from "../../cilium/api/labels";
import { type LintRule, Severity } from "../finding";
import { selectorKeys } from "../selector-keys";

export const keyUnderTwoSources: LintRule = {
  id: "key-under-two-sources",
  severity: Severity.Error,
  scope: "policy",
  title: "One key under two sources",
  why:
    "A key without a source is one of any (`any:`). For a selector that has the same key both with a source and without, Cilium's own engine answers differently from run to run (seen with " +
    "1.20.2), so nobody can say whom it selects.",
  fix: "Write the key once: with `k8s:`, or without a source.",
  *check(context) {
    for (const { policy, keys } of selectorKeys(context)) {
      const first = new Map<string, string>();
      for (const { key, path } of keys) {
        const { key: bare } = splitSource(key);
        const before = first.get(bare);
        if (before === undefined) first.set(bare, key);
        const how = before === undefined ? undefined : twice(before, key);
        if (how !== undefined)
          yield { policy, path, message: `${bare} stands here ${how}: whom this selects is not certain` };
      }
    }
  },
};

const sourceOf = (key: string) => splitSource(key).source || ANY_SOURCE;

/** How a key is repeated, where that makes a difference. */
function twice(before: string, key: string): string | undefined {
  const [one, other] = [sourceOf(before), sourceOf(key)];
  if (one === other) return before === key ? undefined : `twice, as ${before} and as ${key}`;
  if (one !== ANY_SOURCE && other !== ANY_SOURCE) return undefined;
  return `with the source ${one === ANY_SOURCE ? other : one} and without`;
}
