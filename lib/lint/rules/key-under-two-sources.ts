import { ANY_SOURCE, splitSource } from "../../cilium/api/labels";
import { type LintRule, Severity } from "../finding";
import { selectorKeys } from "../selector-keys";

export const keyUnderTwoSources: LintRule = {
  id: "key-under-two-sources",
  severity: Severity.Error,
  scope: "policy",
  title: "A label key with two sources",
  why:
    "A key without a source matches any source (`any:`). If a selector has the same key both with and without a source, Cilium's own engine gives " +
    "different answers from run to run (seen with 1.20.2), so what it selects is unpredictable.",
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
          yield {
            policy,
            path,
            data: { label: bare, keys: [before ?? "", key] },
            message: `${bare} appears here ${how}: what this selects is unpredictable`,
          };
      }
    }
  },
};

const sourceOf = (key: string) => splitSource(key).source || ANY_SOURCE;

/** How a key is repeated; undefined if that makes no difference. */
function twice(before: string, key: string): string | undefined {
  const [one, other] = [sourceOf(before), sourceOf(key)];
  if (one === other) return before === key ? undefined : `twice, as ${before} and as ${key}`;
  if (one !== ANY_SOURCE && other !== ANY_SOURCE) return undefined;
  return `with the source ${one === ANY_SOURCE ? other : one} and without`;
}
