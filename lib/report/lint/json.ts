import { formatPath } from "../../common/problem";
import { type FindingsReport, inOrder } from "./report";

/** Findings for programs. */
export function findingsJson(report: FindingsReport): string {
  const { findings, problems, unseen = [], unapplied = [], notices = [], policies, ignored = 0, baseline } = report;
  const content = {
    policies,
    findings: inOrder(findings).map(({ rule, severity, object, path, file, line, column, message, fix }) => ({
      rule,
      severity,
      object,
      file,
      line,
      column,
      path: formatPath(path),
      message,
      fix,
    })),
    ignored,
    baseline,
    problems,
    unseen,
    ...(unapplied.length > 0 && { unapplied: unapplied.map(({ file, reason }) => ({ file, reason })) }),
    notices,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
