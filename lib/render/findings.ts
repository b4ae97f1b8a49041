import type { Finding, Severity } from "../lint/finding";
import { compareText, describeProblem, type Problem } from "../manifests/problem";
import { describePath } from "../manifests/yaml";
import { code, escapeMarkdown, table } from "./markdown";
import { problemsTitle } from "./reach-text";
import { placeOf } from "./report";
import { plainStyle, type Style, wrap } from "./style";
import { plural } from "./words";

/** What lint found, and where it stands. */
export interface LocatedFinding extends Finding {
  file: string;
  line?: number;
  column?: number;
}

export interface FindingsReport {
  findings: readonly LocatedFinding[];
  problems: readonly Problem[];
  /** How many policies were looked at. */
  policies: number;
}

const severities: readonly Severity[] = ["error", "warning", "info"];

/** Findings for a person at a terminal, by file and line, each with the reason and the fix. */
export function findingsText({ findings, problems, policies }: FindingsReport, style: Style = plainStyle): string {
  const paint: Record<Severity, (text: string) => string> = {
    error: style.bad,
    warning: style.warn,
    info: style.faint,
  };
  const blocks = sorted(findings).map((finding) => {
    const { severity, rule, object, path, message, fix } = finding;
    return [
      `${style.strong(placeOf(finding))}  ${paint[severity](severity)}  ${style.faint(rule)}`,
      `  ${wrap([object, describePath(path)].filter(Boolean).join(", "), { indent: 4, used: 2 })}`,
      `  ${wrap(message, { indent: 2 })}`,
      `  ${wrap(`Fix: ${fix}`, { indent: 2 })}`,
    ].join("\n");
  });
  const head = problems.length > 0 ? [style.warn(problemsTitle(problems.length))] : [];
  return `${[...head, ...blocks, total(findings, policies)].join("\n\n")}\n`;
}

export function findingsJson({ findings, problems, policies }: FindingsReport): string {
  const content = {
    policies,
    findings: sorted(findings).map(({ rule, severity, object, path, file, line, column, message, fix }) => ({
      rule,
      severity,
      object,
      file,
      line,
      column,
      path: describePath(path),
      message,
      fix,
    })),
    problems,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

export function findingsMarkdown({ findings, problems, policies }: FindingsReport): string {
  const rows = sorted(findings).map((finding) => [
    finding.severity,
    code(placeOf(finding)),
    `${code(finding.object)} ${escapeMarkdown(describePath(finding.path))}`,
    escapeMarkdown(finding.message),
    escapeMarkdown(finding.fix),
  ]);
  return `${[
    `### Lint: ${total(findings, policies)}`,
    "",
    ...(rows.length > 0 ? [...table(["", "where", "policy", "what it does", "fix"], rows), ""] : []),
    ...problems.flatMap((problem) => [`> ⚠️ ${escapeMarkdown(describeProblem(problem))}`, ""]),
  ].join("\n")}`;
}

function total(findings: readonly Finding[], policies: number): string {
  const counts = severities
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => plural(count, severity, severity === "info" ? "infos" : undefined));
  return `${counts.length === 0 ? "nothing found" : counts.join(", ")} in ${plural(policies, "policy", "policies")}`;
}

function sorted(findings: readonly LocatedFinding[]): LocatedFinding[] {
  return [...findings].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      compareText(a.rule, b.rule),
  );
}
