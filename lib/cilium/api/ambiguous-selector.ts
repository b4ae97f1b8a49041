import type { LabelSelector } from "../../kubernetes/label-selector";
import { ANY_SOURCE, K8S_SOURCE, splitSource } from "./labels";

/**
 * A label that a selector names twice: with the source `any`, which is the default, and with `k8s` (`app` and `k8s:app`). Cilium evaluates such a
 * selector differently from run to run, so that it is not known what it selects.
 */
export function ambiguousKey({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string | undefined {
  const sources = new Map<string, Set<string>>();
  for (const text of [...Object.keys(matchLabels ?? {}), ...(matchExpressions ?? []).map(({ key }) => key)]) {
    const { source, key } = splitSource(text);
    sources.set(key, (sources.get(key) ?? new Set()).add(source === "" ? ANY_SOURCE : source));
  }
  return [...sources].find(([, named]) => named.has(ANY_SOURCE) && named.has(K8S_SOURCE))?.[0];
}

/** The selector without the ambiguous label. It selects a superset. */
export function withoutAmbiguity(selector: LabelSelector, ambiguous: string): LabelSelector {
  const isOther = (key: string) => splitSource(key).key !== ambiguous;
  const { matchLabels, matchExpressions } = selector;
  return {
    matchLabels: Object.fromEntries(Object.entries(matchLabels ?? {}).filter(([key]) => isOther(key))),
    matchExpressions: (matchExpressions ?? []).filter(({ key }) => isOther(key)),
  };
}

/** The missing fact, in words, about a selector with an ambiguous key. */
export const ambiguousWords = (key: string): string =>
  `what a selector matches that names the label ${key} twice, as any:${key} and as k8s:${key}, because Cilium's answer varies`;
