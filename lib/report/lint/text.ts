import { formatPath, formatPlace } from "../../common/problem";
import { Severity } from "../../lint/finding";
import type { LocatedFinding } from "../../lint/located";
import { plural } from "../../reachability/words";
import { TERMINAL_LINES } from "../folded";
import { noticesInShort } from "../notices";
import { noticeLines, problemsTitle } from "../reach/reach-text";
import { plainStyle, type Style, wrap } from "../style";
import { type Entry, type FindingsReport, type Group, groupsOf, severities, total } from "./report";

/** How much of each rule is shown. */
interface Detail {
  /** Entries of a group, and places of an entry. */
  entries: number;
  places: number;
  /** Severities whose rules get one line each. */
  brief: readonly Severity[];
  /** Whether to shorten the notices. */
  inShort?: true;
}

const everything: Detail = { entries: Infinity, places: Infinity, brief: [] };

/** From most to least detailed; the first that fits is used. */
const details: readonly [Detail, ...Detail[]] = [
  everything,
  { entries: 10, places: 5, brief: [] },
  { entries: 5, places: 3, brief: [] },
  { entries: 3, places: 2, brief: [] },
  { entries: 2, places: 1, brief: [] },
  { entries: 2, places: 1, brief: [Severity.Info] },
  { entries: 1, places: 1, brief: [Severity.Info] },
  { entries: 1, places: 1, brief: [Severity.Info, Severity.Warning] },
  { entries: 1, places: 1, brief: [Severity.Info, Severity.Warning], inShort: true },
  { entries: 1, places: 1, brief: severities, inShort: true },
];

/**
 * Findings as text, errors first, with similar ones grouped under one fix.
 *
 * @param verbose Whether to show all of them. Default: as many as fit 60 lines.
 */
export function findingsText(report: FindingsReport, style: Style = plainStyle, verbose = false): string {
  const groups = groupsOf(report.findings);
  if (verbose) return textIn(everything, groups, report, style);
  let text = "";
  for (const detail of details) {
    text = textIn(detail, groups, report, style);
    if (text.split("\n").length - 1 <= TERMINAL_LINES) break;
  }
  return text;
}

function textIn(detail: Detail, groups: readonly Group[], report: FindingsReport, style: Style): string {
  const { problems, baseline } = report;
  const isBrief = ([{ severity }]: Group) => detail.brief.includes(severity);
  const blocks = groups.filter((group) => !isBrief(group)).map((group) => blockOf(group, detail, style));
  const brief = briefLines(groups.filter(isBrief), style);
  const notices = detail.inShort
    ? noticesInShort(report).map((notice) => style.warn(`! ${wrap(notice, { indent: 2 })}`))
    : noticeLines(report, style);
  const head = [...(problems.length > 0 ? [style.warn(problemsTitle(problems.length))] : []), ...notices];
  const isWhole = blocks.every((block) => block.whole) && brief.length === 0;
  const foot = [
    total(report),
    ...(isWhole ? [] : ["--verbose lists all of them."]),
    ...((baseline?.gone ?? 0) > 0
      ? [`${plural(baseline?.gone ?? 0, "finding")} of the baseline gone: --update-baseline forgets them.`]
      : []),
  ];
  const parts = [...head, ...blocks.map(({ text }) => text), ...(brief.length > 0 ? [brief.join("\n")] : [])];
  return `${[...parts, foot.join("\n")].join("\n\n")}\n`;
}

function blockOf(group: Group, detail: Detail, style: Style): { text: string; whole: boolean } {
  const [{ severity, rule, fix }] = group;
  const shown = group.slice(0, detail.entries);
  const hidden = placesOf(group.slice(detail.entries));
  const whole = hidden === 0 && shown.every(({ places }) => places.length <= detail.places);
  const lines = [
    titleOf(severity, rule, style),
    ...shown.flatMap((entry) => entryLines(entry, detail, style)),
    ...(hidden > 0
      ? [hidden === 1 ? "  and 1 more place like it" : `  and ${plural(hidden, "more place")} like these`]
      : []),
    `  Fix: ${wrap(fix, { indent: 4, used: 7 })}`,
  ];
  return { text: lines.join("\n"), whole };
}

function titleOf(severity: Severity, rule: string, style: Style): string {
  const paint: Record<Severity, (text: string) => string> = {
    error: style.bad,
    warning: style.warn,
    info: style.faint,
  };
  return `${paint[severity](severity)}  ${style.strong(rule)}`;
}

function entryLines({ places, message }: Entry, detail: Detail, style: Style): string[] {
  const hidden = places.length - detail.places;
  return [
    ...places.slice(0, detail.places).map((place) => `  ${formatPlace(place)}  ${style.faint(whatWords(place))}`),
    ...(hidden > 0 ? [`  and ${plural(hidden, "more place")}`] : []),
    `    ${wrap(message, { indent: 4 })}`,
  ];
}

/** One line for each rule, whatever its fixes. */
function briefLines(groups: readonly Group[], style: Style): string[] {
  const byRule = new Map<string, Group[]>();
  for (const group of groups) {
    const [{ rule, severity }] = group;
    const key = `${severity}  ${rule}`;
    byRule.set(key, [...(byRule.get(key) ?? []), group]);
  }
  return [...byRule.values()].map((same) => {
    const [entry] = same.flat();
    if (entry === undefined) return "";
    const more = placesOf(same.flat()) - 1;
    const where = `${formatPlace(entry.places[0])}${more > 0 ? ` and ${plural(more, "more place")}` : ""}`;
    return `${titleOf(entry.severity, entry.rule, style)}  ${where}`;
  });
}

const placesOf = (entries: readonly Entry[]) => entries.reduce((sum, { places }) => sum + places.length, 0);

function whatWords(finding: LocatedFinding): string {
  const what = [finding.object, formatPath(finding.path)].filter(Boolean).join(", ");
  return wrap(what, { indent: 4, used: formatPlace(finding).length + 4 });
}
