import { type Path, type Problem, problem } from "../common/problem";
import type { LabelSelector } from "./label-selector";

/**
 * What Kubernetes and Cilium accept as label keys and values in a selector (`pkg/labels/validation.go`). Cilium allows one
 * source prefix before the key, `k8s:app`.
 */
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and start and end with an alphanumeric character";

/**
 * Everything that is wrong with a selector, each with the path of the member; empty when Cilium takes it.
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
 * What is wrong with the key of a label in a selector; empty when Cilium takes it.
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
 * What is wrong with the value of a label; empty when Kubernetes takes it.
 *
 * @example
 * labelValueProblems("a b"); // why it is no label's value
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
