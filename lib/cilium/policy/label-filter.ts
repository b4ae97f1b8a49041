import { getOrMake } from "../../common/maps";
import { type GoRegExp, goRegExp, isGoRegExp } from "../../kubernetes/schema/go-regexp";
import { type Label, RESERVED_SOURCE, splitSource } from "../api/labels";

/**
 * Which labels make a pod's identity: Cilium's default label filter (`pkg/labelsfilter/filter.go`, `defaultLabelPrefixCfg`).
 * A selector on a label that is filtered away matches nothing, and nothing says so.
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

/** Most labels are ignored by none, which one expression tells. */
const IGNORED_BY_SOME = new RegExp(IGNORED.map(({ source }) => source).join("|"));

/**
 * Whether a label takes part in the identity: unless ignored, or when an including expression matches more of the key than
 * the shortest ignoring one.
 *
 * @example
 * isIdentityLabel({ source: "k8s", key: "pod-template-hash" }); // false: no policy can select by it
 */
export function isIdentityLabel(label: Pick<Label, "source" | "key">): boolean {
  if (!IGNORED_BY_SOME.test(label.key)) return true;
  const ignored = matchLengths(IGNORED, label.key);
  const included = label.source === RESERVED_SOURCE ? [label.key.length] : matchLengths(INCLUDED, label.key);
  return Math.max(0, ...included) > Math.min(...ignored);
}

/** A filter of labels with what the agent is told besides (`ParseLabelPrefixCfg`, `filterLabels`). */
export function labelFilter(told: readonly string[] = []): (label: Pick<Label, "source" | "key">) => boolean {
  if (told.length === 0) return isIdentityLabel;
  return getOrMake(filters, told.join("\n"), () => filterOf(told.map(toldPrefix)));
}

const filters = new Map<string, (label: Pick<Label, "source" | "key">) => boolean>();

interface Prefix {
  source: string | undefined;
  isIgnored: boolean;
  expression: GoRegExp;
}

/** Whether the agent takes it for a pattern of labels; where it does not, it does not start. */
export function isLabelPattern(text: string): boolean {
  return isGoRegExp(patternOf(text));
}

function patternOf(text: string): string {
  const { key } = splitSource(text);
  return `^(?:${key.startsWith("!") ? key.slice(1) : key})`;
}

/** `[source:][!]pattern`, matched where the key begins. What is no pattern matches nothing. */
function toldPrefix(text: string): Prefix {
  const { source, key } = splitSource(text);
  const pattern = patternOf(text);
  return {
    source: source === "" ? undefined : source,
    isIgnored: key.startsWith("!"),
    expression: goRegExp(isGoRegExp(pattern) ? pattern : NOTHING),
  };
}

const NOTHING = "\\z.";

function filterOf(told: readonly Prefix[]) {
  // Whoever says what to take leaves out all the rest.
  const isWhitelist = told.some(({ isIgnored }) => !isIgnored);
  return (label: Pick<Label, "source" | "key">): boolean => {
    const matching = told.filter(({ source }) => source === undefined || source === label.source);
    const lengths = (of: readonly Prefix[]) =>
      of.map(({ expression }) => expression.lengthAtStart(label.key)).filter((length) => length > 0);
    const ignored = [...matchLengths(IGNORED, label.key), ...lengths(matching.filter(({ isIgnored }) => isIgnored))];
    const included = [
      ...(label.source === RESERVED_SOURCE ? [label.key.length] : matchLengths(INCLUDED, label.key)),
      ...lengths(matching.filter(({ isIgnored }) => !isIgnored)),
    ];
    const most = Math.max(0, ...included);
    return ignored.length === 0 ? !isWhitelist || most > 0 : most > Math.min(...ignored);
  };
}

function matchLengths(expressions: readonly RegExp[], key: string): number[] {
  return expressions.map((expression) => expression.exec(key)?.[0].length ?? 0).filter((length) => length > 0);
}
