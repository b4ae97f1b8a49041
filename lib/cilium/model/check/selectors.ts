import { type LabelExpression, LabelOperator } from "../../../kubernetes/label-selector";
import { labelKeyProblems } from "../../../kubernetes/label-syntax";
import { CiliumLabel, type EndpointSelector, type NamespaceSelector } from "../../api/endpoint-selector";
import { NAMESPACE_KEY, NAMESPACE_LABELS_PREFIX } from "../../api/labels";
import type { Problems, Refusal } from "../problems";
import { checkDnsLabel, checkLabelKey, checkLabelValue, checkPlainLabelKey } from "./names";
import { exactlyOne, isShape, list } from "./shape";

/** Whether a selector may name namespaces itself. */
export interface NamespaceKeys {
  /** Why it may not, and what to write instead. Absent: it may. */
  refusal?: Refusal;
}

export function checkSelector(
  selector: EndpointSelector | undefined,
  problems: Problems,
  namespaceKeys: NamespaceKeys = {},
): void {
  if (!isShape(selector, ["all", "matchLabels", "matchExpressions"], problems)) return;
  const { all, matchLabels, matchExpressions } = selector;
  const says = Object.keys(matchLabels ?? {}).length + (matchExpressions?.length ?? 0);
  if (all && says > 0) problems.add("conflict", "`all` and labels exclude each other", "leave one of them out");
  if (!all && says === 0)
    problems.add("empty-selector", "an empty selector means every pod", "if you mean that, use Endpoints.all()");
  checkLabels(matchLabels, problems.at("matchLabels"), (key, at) => checkKey(key, at, namespaceKeys));
  matchExpressions?.forEach((expression, index) => {
    checkExpression(expression, problems.at("matchExpressions").at(index), namespaceKeys);
  });
}

export function checkNamespaceSelector(namespace: NamespaceSelector, problems: Problems): void {
  if (!isShape(namespace, ["name", "matchLabels", "all"], problems)) return;
  exactlyOne(
    namespace,
    ["name", "matchLabels", "all"],
    problems,
    "give the namespace by its name, by its labels, or `all`; leave it out for the policy's own",
  );
  if (namespace.name !== undefined) checkDnsLabel(namespace.name, "the namespace", problems.at("name"));
  if (namespace.matchLabels && Object.keys(namespace.matchLabels).length === 0)
    problems
      .at("matchLabels")
      .add("empty-selector", "no label means every namespace", "if you mean that, use Peer.allNamespaces()");
  checkLabels(namespace.matchLabels, problems.at("matchLabels"), (key, at) => {
    checkPlainLabelKey(key, at);
    const asSelected = labelKeyProblems(CiliumLabel.NamespaceLabels + key);
    if (labelKeyProblems(key).length === 0 && !key.includes(":") && asSelected.length > 0)
      at.add(
        "too-long",
        `Cilium cannot select by this label, as ${CiliumLabel.NamespaceLabels}${key} is too long`,
        "use a shorter one",
      );
  });
}

/** @param checkKey Default: checks plain labels, without a source. */
export function checkLabels(
  labels: { [key: string]: string } | undefined,
  problems: Problems,
  checkKey: (key: string, problems: Problems) => void = checkPlainLabelKey,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    checkKey(key, problems.at(key));
    checkLabelValue(value, problems.at(key));
  }
}

function checkExpression(expression: LabelExpression, problems: Problems, namespaceKeys: NamespaceKeys): void {
  if (!isShape(expression, ["key", "operator", "values"], problems)) return;
  const { key, operator, values } = expression;
  checkKey(key, problems.at("key"), namespaceKeys);
  if (!Object.values(LabelOperator).includes(operator)) {
    problems
      .at("operator")
      .add("invalid-value", `"${operator}" is not an operator`, `use ${list(Object.values(LabelOperator), "or")}`);
    return;
  }
  const comparesValues = operator === LabelOperator.In || operator === LabelOperator.NotIn;
  if (comparesValues && (values ?? []).length === 0)
    problems
      .at("values")
      .add("invalid-selector", `${operator} needs at least one value`, `for any value, use Label.exists("${key}")`);
  if (!comparesValues && (values ?? []).length > 0)
    problems
      .at("values")
      .add(
        "invalid-selector",
        `${operator} takes no values`,
        `did you mean ${operator === "Exists" ? "In" : "NotIn"}?`,
      );
  values?.forEach((value, index) => {
    checkLabelValue(value, problems.at("values").at(index));
  });
}

function checkKey(key: string, problems: Problems, { refusal }: NamespaceKeys): void {
  const bare = typeof key === "string" ? key.replace(/^(k8s|any):/, "") : "";
  const ofNamespace = bare.startsWith(NAMESPACE_LABELS_PREFIX);
  if (refusal !== undefined && (ofNamespace || bare === NAMESPACE_KEY))
    problems.add("not-supported", refusal.message, refusal.fix);
  checkLabelKey(key, problems);
}
