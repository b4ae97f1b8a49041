import { printable } from "../../common/printable";
import { countEdges } from "../../reachability/diff";
import { plural, portsWords, someOf } from "../../reachability/words";
import { fitting, lineCount } from "../folded";
import { noticeLines, problemsTitle, refusedLines, refusedTitle } from "../reach/reach-text";
import { plainStyle, type Style, wrap } from "../style";
import { replayText } from "../traffic/replay-text";
import {
  CHANGE_KINDS,
  type ChangeKind,
  type ChangeRow,
  changeGlyph,
  type DiffReport,
  diffHeadline,
  rowsOf,
} from "./diff-rows";
import { gateFixText } from "./gate-fix";

const titles: Record<ChangeKind, string> = {
  opened: "Opened",
  closed: "Closed",
  unclear: "Unclear: cannot tell whether these open or close",
  changed: "Changed",
};

/**
 * The difference for a person at a terminal: the verdict first, then what opened, is unclear, closed and changed, then warnings.
 *
 * @param most The maximum number of lines, apart from recorded traffic; what is left out is counted. Default: unlimited.
 */
export function diffText(report: DiffReport, style: Style = plainStyle, most?: number): string {
  const { diff, names } = report;
  const head = [
    style.strong(wrap(`Reachability: ${diffHeadline(report)}`, { indent: 2, used: 0 })),
    style.faint(`  ${printable(names.before)} → ${printable(names.after)}`),
  ];
  const colours = { opened: style.warn, closed: style.good, unclear: style.warn, changed: style.strong };
  const rows = CHANGE_KINDS.filter((kind) => diff[kind].length > 0).flatMap((kind) =>
    rowsOf(kind, report).map((row, place) => ({
      kind,
      lines: [...(place === 0 ? ["", style.strong(titles[kind])] : []), ...rowLines(row, colours[kind], style)],
    })),
  );
  const limits = limitsOf(report, style);
  const fixes = report.fixes ?? [];
  const traffic = report.traffic === undefined ? "" : `\n${replayText(report.traffic, style)}`;
  const fixText = gateFixText(fixes, style);
  const every = [...head, ...rows.flatMap(({ lines }) => lines), ...limits.flat()];
  if (most === undefined || lineCount(every) + breaksIn(fixText) <= most)
    return `${every.join("\n")}\n${traffic}${fixText}`;
  // Up to a third for fixes and a third for notes, so that at least a third remains for the answer.
  const candidates = fixes.map((_, count) => gateFixText(fixes.slice(0, fixes.length - count), style));
  const shownFixes = candidates.find((text) => breaksIn(text) <= most / 3) ?? "";
  const notes = fitting(limits, lineCount, most / 3);
  const taken = lineCount(head) + breaksIn(shownFixes) + lineCount(notes.shown.flat()) + FOLDED_LINES;
  const { shown, left } = fitting(rows, ({ lines }) => lineCount(lines), most - taken);
  const folded = [
    ...CHANGE_KINDS.flatMap((kind) => {
      const count = left.filter((row) => row.kind === kind).length;
      const more = shown.length === 0 ? "" : "more ";
      return count === 0 ? [] : [plural(count, `${more}${kind} row`)];
    }),
    ...(notes.left.length > 0 ? [plural(notes.left.length, "note")] : []),
    ...(shownFixes === fixText ? [] : [`how to undo ${plural(fixes.length, "edge")}`]),
  ].join(", ");
  const lines = [...head, ...shown.flatMap((row) => row.lines), ...notes.shown.flat()];
  return `${[...lines, "", wrap(`Folded: ${folded}. --verbose shows all of it.`)].join("\n")}\n${traffic}${shownFixes}`;
}

/** Lines for the summary of what is folded, with the empty line above it. */
const FOLDED_LINES = 4;

const breaksIn = (text: string) => text.split("\n").length - 1;

/** What limits the answer, each with an empty line above it. */
function limitsOf(report: DiffReport, style: Style): string[][] {
  const { diff, refused, warnings, problems } = report;
  const redecided = countEdges(diff.redecided);
  return [
    ...(refused.length > 0
      ? [["", style.warn(refusedTitle(refused.length)), ...refused.flatMap((note) => refusedLines(note, style))]]
      : []),
    ...warnings.map((warning) => ["", style.warn(`! ${wrap(warning, { indent: 2 })}`)]),
    ...(problems.length > 0 ? [["", style.warn(problemsTitle(problems.length))]] : []),
    ...noticeLines(report, style).map((line) => ["", line]),
    ...(redecided > 0 ? [["", wrap(`${plural(redecided, "edge")} as before, decided by other policies.`)]] : []),
  ];
}

function rowLines(row: ChangeRow, colour: (text: string) => string, style: Style): string[] {
  const edge = `${someOf(row.from, 8)} → ${row.to}  ${portsWords(row.ports)}`;
  const what = [`${row.before} → ${row.after}`, row.mesh].filter((part) => part !== "").join(" · ");
  return [
    `  ${colour(changeGlyph[row.kind])} ${wrap(edge, { indent: 6, used: 4 })}`,
    `    ${style.faint(wrap(what, { indent: 4 }))}`,
    ...row.why.map((line) => `    ${style.faint(wrap(line, { indent: 6, used: 4 }))}`),
  ];
}
