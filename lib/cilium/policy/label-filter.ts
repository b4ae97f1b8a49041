import { type Label, RESERVED_SOURCE } from "../api/labels";

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
 */
export function isIdentityLabel(label: Pick<Label, "source" | "key">): boolean {
  if (!IGNORED_BY_SOME.test(label.key)) return true;
  const ignored = matchLengths(IGNORED, label.key);
  const included = label.source === RESERVED_SOURCE ? [label.key.length] : matchLengths(INCLUDED, label.key);
  return Math.max(0, ...included) > Math.min(...ignored);
}

function matchLengths(expressions: readonly RegExp[], key: string): number[] {
  return expressions.map((expression) => expression.exec(key)?.[0].length ?? 0).filter((length) => length > 0);
}
