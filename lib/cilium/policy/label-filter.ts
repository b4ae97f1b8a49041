import { getOrMake } from "../../common/maps";
import { type GoRegExp, goRegExp, isGoRegExp } from "../../kubernetes/schema/go-regexp";
import { type Label, RESERVED_SOURCE, splitSource } from "../api/labels";

/**
 * The labels that make up a pod's identity: Cilium's default label filter (`pkg/labelsfilter/filter.go`, `defaultLabelPrefixCfg`).
 * A selector on a label that is filtered out silently matches nothing.
 */
const INCLUDED: readonly RegExp[] = [
  /^io\.kubernetes\.pod\.namespace/,
  /^io\.cilium\.k8s\.namespace\.labels/,
  /^app\.kubernetes\.io/,
  /^io\.cilium\.k8s\.policy\.cluster/,
  /^io\.cilium\.k8s\.policy\.serviceaccount/,
];

const IGNORED: readonly RegExp[] = [
  /^io\.kubernetes/,
  /^kubernetes\.io/,
  /^statefulset\.kubernetes\.io\/pod-name/,
  /^apps\.kubernetes\.io\/pod-index/,
  /^batch\.kubernetes\.io\/job-completion-index/,
  /^batch\.kubernetes\.io\/controller-uid/,
  /^.*beta\.kubernetes\.io/,
  /^k8s\.io/,
  /^pod-template-generation/,
  /^pod-template-hash/,
  /^controller-revision-hash/,
  /^controller-uid/,
  /^annotation.*/,
  /^etcd_node/,
  /^topology\.kubernetes\.io/,
];

/** One expression for all, because most labels match none of them. */
const IGNORED_BY_ANY = new RegExp(IGNORED.map(({ source }) => source).join("|"));

/**
 * Whether a label is part of the identity: it is not ignored, or an including expression matches more of the key than the shortest ignoring one.
 *
 * @example
 * isIdentityLabel({ source: "k8s", key: "pod-template-hash" }); // false: no policy can select by it
 */
export function isIdentityLabel(label: Pick<Label, "source" | "key">): boolean {
  if (!IGNORED_BY_ANY.test(label.key)) return true;
  const ignored = matchLengths(IGNORED, label.key);
  const included = label.source === RESERVED_SOURCE ? [label.key.length] : matchLengths(INCLUDED, label.key);
  return Math.max(0, ...included) > Math.min(...ignored);
}

/**
 * The label filter of an agent (`ParseLabelPrefixCfg`, `filterLabels`).
 *
 * @param configured The agent's own patterns (`--labels`), in addition to the defaults.
 */
export function labelFilter(configured: readonly string[] = []): (label: Pick<Label, "source" | "key">) => boolean {
  if (configured.length === 0) return isIdentityLabel;
  return getOrMake(filters, configured.join("\n"), () => filterOf(configured.map(labelPrefix)));
}

const filters = new Map<string, (label: Pick<Label, "source" | "key">) => boolean>();

interface LabelPrefix {
  source: string | undefined;
  isIgnored: boolean;
  expression: GoRegExp;
}

/** Whether the agent accepts a label pattern. It does not start with one that it rejects. */
export function isLabelPattern(text: string): boolean {
  return isGoRegExp(patternOf(text));
}

function patternOf(text: string): string {
  const { key } = splitSource(text);
  return `^(?:${key.startsWith("!") ? key.slice(1) : key})`;
}

/** Parses `[source:][!]pattern`, which is anchored at the start of the key. An invalid pattern matches nothing. */
function labelPrefix(text: string): LabelPrefix {
  const { source, key } = splitSource(text);
  const pattern = patternOf(text);
  return {
    source: source === "" ? undefined : source,
    isIgnored: key.startsWith("!"),
    expression: goRegExp(isGoRegExp(pattern) ? pattern : NOTHING),
  };
}

const NOTHING = "\\z.";

function filterOf(configured: readonly LabelPrefix[]) {
  // With one including pattern, every label that none of them includes is left out.
  const isAllowlist = configured.some(({ isIgnored }) => !isIgnored);
  return (label: Pick<Label, "source" | "key">): boolean => {
    const matching = configured.filter(({ source }) => source === undefined || source === label.source);
    const lengths = (prefixes: readonly LabelPrefix[]) =>
      prefixes.map(({ expression }) => expression.lengthAtStart(label.key)).filter((length) => length > 0);
    const ignored = [...matchLengths(IGNORED, label.key), ...lengths(matching.filter(({ isIgnored }) => isIgnored))];
    const included = [
      ...(label.source === RESERVED_SOURCE ? [label.key.length] : matchLengths(INCLUDED, label.key)),
      ...lengths(matching.filter(({ isIgnored }) => !isIgnored)),
    ];
    const longest = Math.max(0, ...included);
    return ignored.length === 0 ? !isAllowlist || longest > 0 : longest > Math.min(...ignored);
  };
}

function matchLengths(expressions: readonly RegExp[], key: string): number[] {
  return expressions.map((expression) => expression.exec(key)?.[0].length ?? 0).filter((length) => length > 0);
}
