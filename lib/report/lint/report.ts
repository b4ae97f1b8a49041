import type { Problem } from "../../common/problem";
import { compareText } from "../../common/text";
import { unseenCount } from "../../common/unseen";
import { Severity } from "../../lint/finding";
import type { LocatedFinding } from "../../lint/located";
import { plural } from "../../reachability/words";
import type { Limits } from "../notices";

/** What lint found, and what it left out. */
export interface FindingsReport extends Limits {
  findings: readonly LocatedFinding[];
  problems: readonly Problem[];
  /** How many policies were checked. */
  policies: number;
  /** How many findings comments and annotations suppress. Default 0. */
  ignored?: number;
  /** How many findings of the baseline still occur, and how many are gone. Absent: there is no baseline. */
  baseline?: { known: number; gone: number } | undefined;
}

export const severities: readonly Severity[] = [Severity.Error, Severity.Warning, Severity.Info];

/** A finding, with all places where it occurs with the same message. */
export interface Entry extends Pick<LocatedFinding, "rule" | "severity" | "message" | "fix"> {
  /** In the order of the files. */
  places: readonly [LocatedFinding, ...LocatedFinding[]];
}

/** Entries of one rule with one fix. */
export type Group = readonly [Entry, ...Entry[]];

/** Findings grouped by rule and fix, errors first, otherwise in the order of their first places. */
export function groupsOf(findings: readonly LocatedFinding[]): Group[] {
  const entries = gathered(inOrder(findings), ({ severity, rule, fix, message }) => [severity, rule, fix, message]).map(
    (places): Entry => {
      const [{ rule, severity, message, fix }] = places;
      return { rule, severity, message, fix, places };
    },
  );
  const groups = gathered(entries, ({ severity, rule, fix }) => [severity, rule, fix]);
  return groups.sort(([a], [b]) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

function gathered<T>(items: readonly T[], keyOf: (item: T) => unknown): [T, ...T[]][] {
  const found = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const group = found.get(key);
    if (group === undefined) found.set(key, [item]);
    else group.push(item);
  }
  return [...found.values()];
}

/** Sorts by file and line, so that the same input always gives the same list. */
export function inOrder(findings: readonly LocatedFinding[]): LocatedFinding[] {
  return [...findings].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      compareText(a.rule, b.rule) ||
      compareText(a.object, b.object),
  );
}

/** `2 errors, 1 warning in 12 policies · 3 ignored` */
export function total({ findings, policies, unseen = [], ignored = 0, baseline }: FindingsReport): string {
  const counts = severities
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => plural(count, severity, severity === "info" ? "infos" : undefined));
  const known = baseline?.known ?? 0;
  const what = known > 0 ? "nothing new" : "nothing found";
  const found = `${counts.length === 0 ? what : counts.join(", ")} in ${plural(policies, "policy", "policies")}`;
  const parts = [
    found,
    known > 0 ? `${known.toLocaleString("en-US")} in the baseline` : undefined,
    ignored > 0 ? `${ignored.toLocaleString("en-US")} ignored` : undefined,
    unseenCount(unseen),
  ];
  return parts.filter((part) => part !== undefined).join(" · ");
}
