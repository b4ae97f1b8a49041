import { countEdges } from "../../reachability/diff";
import { plural, portsWords, someOf } from "../../reachability/words";
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

/** The difference for a person at a terminal: the verdict first, then what opened, is unclear, closed and changed, then warnings. */
export function diffText(report: DiffReport, style: Style = plainStyle): string {
  const { diff, names, refused, warnings, problems } = report;
  const lines = [
    style.strong(wrap(`Reachability: ${diffHeadline(report)}`, { indent: 2, used: 0 })),
    style.faint(`  ${names.before} → ${names.after}`),
  ];
  const colours = { opened: style.warn, closed: style.good, unclear: style.warn, changed: style.strong };
  for (const kind of CHANGE_KINDS) {
    if (diff[kind].length === 0) continue;
    lines.push("", style.strong(titles[kind]));
    for (const row of rowsOf(kind, report)) lines.push(...rowLines(row, colours[kind], style));
  }
  if (refused.length > 0) {
    lines.push("", style.warn(refusedTitle(refused.length)), ...refused.flatMap((note) => refusedLines(note, style)));
  }
  for (const warning of warnings) lines.push("", style.warn(`! ${wrap(warning, { indent: 2 })}`));
  if (problems.length > 0) lines.push("", style.warn(problemsTitle(problems.length)));
  for (const line of noticeLines(report, style)) lines.push("", line);
  const redecided = countEdges(diff.redecided);
  if (redecided > 0) {
    lines.push("", wrap(`${plural(redecided, "edge")} as before, decided by other policies.`));
  }
  const traffic = report.traffic === undefined ? "" : `\n${replayText(report.traffic, style)}`;
  return `${lines.join("\n")}\n${traffic}${gateFixText(report.fixes ?? [], style)}`;
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
