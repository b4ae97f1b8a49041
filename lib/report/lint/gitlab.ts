import { formatPath } from "../../common/problem";
import type { Severity } from "../../lint/finding";
import { fingerprints } from "./fingerprint";
import { type FindingsReport, inOrder } from "./report";

/** GitLab's severities (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format). */
const severityOf: Record<Severity, string> = { error: "major", warning: "minor", info: "info" };

/**
 * Findings as a GitLab Code Quality report, for merge requests.
 *
 * @param pathOf A file's path from the repository's root, with slashes.
 */
export function findingsGitlab({ findings }: FindingsReport, pathOf: (file: string) => string): string {
  const sorted = inOrder(findings);
  const known = fingerprints(sorted, pathOf);
  const issues = sorted.map((finding) => {
    const { rule, severity, object, path, file, line = 1, message, fix } = finding;
    const subject = [object, formatPath(path)].filter(Boolean).join(", ");
    return {
      description: `${subject}: ${message}. ${fix}`,
      check_name: rule,
      fingerprint: known.get(finding),
      severity: severityOf[severity],
      location: { path: pathOf(file), lines: { begin: line } },
    };
  });
  return `${JSON.stringify(issues, undefined, 2)}\n`;
}
