import { formatPath, formatProblem, type Problem } from "../common/problem";
import { compareText } from "../common/text";
import { type Unseen, unseenCount } from "../common/unseen";
import type { Finding, Severity } from "../lint/finding";
import { plural } from "../reachability/words";
import { code, escapeMarkdown, table } from "./markdown";
import { type Limits, noticesOf } from "./notices";
import { noticeLines, problemsTitle } from "./reach-text";
import { placeOf } from "./report";
import { plainStyle, type Style, wrap } from "./style";

/** What lint found, and where it stands. */
export interface LocatedFinding extends Finding {
  file: string;
  line?: number;
  column?: number;
}

export interface FindingsReport extends Limits {
  findings: readonly LocatedFinding[];
  problems: readonly Problem[];
  /** How many policies were looked at. */
  policies: number;
}

const severities: readonly Severity[] = ["error", "warning", "info"];

/** Findings for a person at a terminal: what is alike stands together and has its fix once, errors first. */
export function findingsText(report: FindingsReport, style: Style = plainStyle): string {
  const { findings, problems, policies, unseen = [] } = report;
  const paint: Record<Severity, (text: string) => string> = {
    error: style.bad,
    warning: style.warn,
    info: style.faint,
  };
  const blocks = groupsOf(findings).map((group) => {
    const [{ severity, rule, fix }] = group;
    return [
      `${paint[severity](severity)}  ${style.strong(rule)}`,
      ...group.flatMap((finding) => [
        `  ${placeOf(finding)}  ${style.faint(whatWords(finding))}`,
        `    ${wrap(finding.message, { indent: 4 })}`,
      ]),
      `  Fix: ${wrap(fix, { indent: 4, used: 7 })}`,
    ].join("\n");
  });
  const head = [
    ...(problems.length > 0 ? [style.warn(problemsTitle(problems.length))] : []),
    ...noticeLines(report, style),
  ];
  return `${[...head, ...blocks, total(findings, policies, unseen)].join("\n\n")}\n`;
}

function whatWords(finding: LocatedFinding): string {
  const what = [finding.object, formatPath(finding.path)].filter(Boolean).join(", ");
  return wrap(what, { indent: 4, used: placeOf(finding).length + 4 });
}

/** Findings of one rule with one fix, errors first, else in the order of their first places. */
export function groupsOf<T extends LocatedFinding>(findings: readonly T[]): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const finding of sorted(findings)) {
    const key = JSON.stringify([finding.severity, finding.rule, finding.fix]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].sort(([a], [b]) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

export function findingsJson({ findings, problems, unseen = [], notices = [], policies }: FindingsReport): string {
  const content = {
    policies,
    findings: sorted(findings).map(({ rule, severity, object, path, file, line, column, message, fix }) => ({
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
    problems,
    unseen,
    notices,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

export function findingsMarkdown(report: FindingsReport): string {
  const { findings, problems, policies, unseen = [] } = report;
  const rows = sorted(findings).map((finding) => [
    finding.severity,
    code(placeOf(finding)),
    `${code(finding.object)} ${escapeMarkdown(formatPath(finding.path))}`,
    escapeMarkdown(finding.message),
    escapeMarkdown(finding.fix),
  ]);
  return `${[
    `### Lint: ${total(findings, policies, unseen)}`,
    "",
    ...(rows.length > 0 ? [...table(["", "where", "policy", "what it does", "fix"], rows), ""] : []),
    ...problems.flatMap((problem) => [`> ⚠️ ${escapeMarkdown(formatProblem(problem))}`, ""]),
    ...noticesOf(report).flatMap(({ message }) => [`> ⚠️ ${escapeMarkdown(message)}`, ""]),
  ].join("\n")}`;
}

function total(findings: readonly Finding[], policies: number, unseen: readonly Unseen[]): string {
  const counts = severities
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => plural(count, severity, severity === "info" ? "infos" : undefined));
  const found = `${counts.length === 0 ? "nothing found" : counts.join(", ")} in ${plural(policies, "policy", "policies")}`;
  return [found, unseenCount(unseen)].filter((part) => part !== undefined).join(" · ");
}

function sorted<T extends LocatedFinding>(findings: readonly T[]): T[] {
  return [...findings].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      compareText(a.rule, b.rule),
  );
}
