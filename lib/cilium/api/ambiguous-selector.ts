import type { LabelSelector } from "../../kubernetes/label-selector";
import { ANY_SOURCE, K8S_SOURCE, splitSource } from "./labels";

/**
 * A label that a selector names twice, of any source and of Kubernetes (`any:app`, which `app` is, and `k8s:app`). Cilium's own engine takes such a
 * selector for one thing in one run and for another in the next, so that whom it selects is not known.
 */
export function ambiguousKey({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string | undefined {
  const sources = new Map<string, Set<string>>();
  for (const text of [...Object.keys(matchLabels ?? {}), ...(matchExpressions ?? []).map(({ key }) => key)]) {
    const { source, key } = splitSource(text);
    sources.set(key, (sources.get(key) ?? new Set()).add(source === "" ? ANY_SOURCE : source));
  }
  return [...sources].find(([, named]) => named.has(ANY_SOURCE) && named.has(K8S_SOURCE))?.[0];
}

/** What such a selector says of other labels: whoever it selects, this selects. */
export function withoutAmbiguity(selector: LabelSelector, ambiguous: string): LabelSelector {
  const isOther = (key: string) => splitSource(key).key !== ambiguous;
  const { matchLabels, matchExpressions } = selector;
  return {
    matchLabels: Object.fromEntries(Object.entries(matchLabels ?? {}).filter(([key]) => isOther(key))),
    matchExpressions: (matchExpressions ?? []).filter(({ key }) => isOther(key)),
  };
}

/** Why it is not known whom such a selector selects. */
export const ambiguousWords = (key: string): string =>
  `what a selector matches that names the label ${key} twice, as any:${key} and as k8s:${key}: Cilium answers one way or the other`;
