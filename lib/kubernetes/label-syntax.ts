import { type Path, type Problem, problem } from "../common/problem";
import type { LabelSelector } from "./label-selector";

/**
 * The syntax of label keys and values in a selector (`pkg/labels/validation.go`). Cilium also allows a source before the key, as in `k8s:app`.
 */
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and start and end with an alphanumeric character";

/**
 * The problems of a selector, each with the path of the member. Empty if Cilium accepts it.
 *
 * @example
 * selectorProblems({ matchLabels: { "-app": "web" } }, ["endpointSelector"]).map(({ message }) => message);
 */
export function selectorProblems(selector: LabelSelector, path: Path): Problem[] {
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    problems.push(...about([...path, "matchLabels", key], labelKeyProblems(key)));
    problems.push(...about([...path, "matchLabels", key], labelValueProblems(value)));
  }
  for (const [index, expression] of (selector.matchExpressions ?? []).entries()) {
    const at = [...path, "matchExpressions", index];
    const values = expression.values ?? [];
    switch (expression.operator) {
      case "In":
      case "NotIn":
        if (values.length === 0)
          problems.push(
            problem("invalid-selector", [...at, "values"], `required when operator is ${expression.operator}`),
          );
        break;
      case "Exists":
      case "DoesNotExist":
        if (values.length > 0)
          problems.push(
            problem("invalid-selector", [...at, "values"], `must be empty when operator is ${expression.operator}`),
          );
        break;
      default:
        problems.push(
          problem(
            "invalid-selector",
            [...at, "operator"],
            `"${expression.operator}" is not In, NotIn, Exists or DoesNotExist`,
          ),
        );
    }
    problems.push(...about([...at, "key"], labelKeyProblems(expression.key ?? "")));
    for (const value of values) problems.push(...about([...at, "values"], labelValueProblems(value)));
  }
  return problems;
}

/**
 * The problems of a label key in a selector. Empty if Cilium accepts it.
 *
 * @example
 * labelKeyProblems("app.kubernetes.io/name"); // []
 */
export function labelKeyProblems(key: string): string[] {
  const parts = key.split(":");
  if (parts.length > 2) return [`"${key}": a label key has at most one source, as in k8s:app`];
  const source = parts.length === 2 ? (parts[0] ?? "") : undefined;
  const problems: string[] = [];
  if (source !== undefined && !/^[A-Za-z0-9]+$/.test(source)) {
    problems.push(`"${key}": a label source is alphanumeric and not empty`);
  }
  const segments = (parts.at(-1) ?? "").split("/");
  if (segments.length > 2) return [...problems, `"${key}": a label key has at most one slash`];
  const name = segments.at(-1) ?? "";
  if (segments.length === 2) {
    const domain = segments[0] ?? "";
    if (domain.length > 253 || !DNS_SUBDOMAIN.test(domain))
      problems.push(`"${key}": the part before the slash must be a DNS subdomain`);
  }
  if (name.length > 63) problems.push(`"${key}": the name must be no more than 63 characters`);
  if (!NAME.test(name)) problems.push(`"${key}": the name ${NAME_RULE}`);
  return problems;
}

/**
 * The problems of a label value. Empty if Kubernetes accepts it.
 *
 * @example
 * labelValueProblems("a b"); // one problem: no blanks
 */
export function labelValueProblems(value: string): string[] {
  const problems: string[] = [];
  if (value.length > 63) problems.push(`"${value}": a label value must be no more than 63 characters`);
  if (value !== "" && !NAME.test(value)) problems.push(`"${value}": a label value ${NAME_RULE}`);
  return problems;
}

function about(path: Path, reasons: readonly string[]): Problem[] {
  return reasons.map((reason) => problem("invalid-label", path, reason));
}
