import { formatPath, formatPlace, formatProblem } from "../../common/problem";
import { plural } from "../../reachability/words";
import { code, escapeMarkdown, table } from "../markdown";
import { noticesOf } from "../notices";
import { type FindingsReport, groupsOf, total } from "./report";

/** Findings as a table, with equal findings in several places in one row. */
export function findingsMarkdown(report: FindingsReport): string {
  const rows = groupsOf(report.findings)
    .flat()
    .map(({ severity, places, message, fix }) => {
      const [first, ...others] = places;
      const more = others.length > 0 ? ` and ${plural(others.length, "more place")}` : "";
      return [
        severity,
        `${code(formatPlace(first))}${more}`,
        `${code(first.object)} ${escapeMarkdown(formatPath(first.path))}`,
        escapeMarkdown(message),
        escapeMarkdown(fix),
      ];
    });
  return `${[
    `### Lint: ${total(report)}`,
    "",
    ...(rows.length > 0 ? [...table(["", "where", "policy", "what it does", "fix"], rows), ""] : []),
    ...report.problems.flatMap((problem) => [`> ⚠️ ${escapeMarkdown(formatProblem(problem))}`, ""]),
    ...noticesOf(report).flatMap(({ message }) => [`> ⚠️ ${escapeMarkdown(message)}`, ""]),
  ].join("\n")}`;
}
