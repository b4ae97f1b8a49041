import { clipped, printable } from "../../common/printable";
import { countEdges } from "../../reachability/diff";
import { plural, portsWords, someOf } from "../../reachability/words";
import { diffMermaid } from "../graph/mermaid";
import { code, details, escapeMarkdown, table } from "../markdown";
import { mostThatFit } from "../most-that-fit";
import { COMMENT_LIMIT } from "../pull-request/comment-limit";
import { grids, warningLines } from "../reach/reach-markdown";
import { replayMarkdownLines } from "../traffic/replay-markdown";
import { CHANGE_KINDS, type ChangeKind, type ChangeRow, type DiffReport, diffHeadline, rowsOf } from "./diff-rows";
import { gateFixMarkdown } from "./gate-fix";

const glyphs: Record<ChangeKind, string> = { opened: "🔓", closed: "🔒", unclear: "❔", changed: "🔀" };

/** Identifies the comment, so that a later run edits it instead of adding another. */
export const COMMENT_MARKER = "<!-- meshfence diff -->";

/**
 * The difference as a pull request comment: verdict, changed edges with opened ones first, warnings, and in folded sections a picture of
 * what changed and the whole matrix. To stay within `limit` characters, it drops the folded sections first, then rows from the end, and
 * notes each cut. The verdict line always stays.
 */
export function diffMarkdown(
  report: DiffReport,
  { limit = COMMENT_LIMIT, marker = COMMENT_MARKER }: { limit?: number; marker?: string } = {},
): string {
  const meshed = report.endpoints.some(({ mesh }) => mesh?.injected);
  const rows = CHANGE_KINDS.flatMap((kind) => rowsOf(kind, report));
  const warnings = [
    ...(report.traffic === undefined ? [] : [...replayMarkdownLines(report.traffic), ""]),
    ...warningLines(report),
    ...report.warnings.flatMap((warning) => [`> ⚠️ ${escapeMarkdown(warning)}`, ""]),
  ];
  const head = [marker, `### Reachability: ${escapeMarkdown(diffHeadline(report))}`, ""];
  const named = (name: string) => code(clipped(printable(name), 120));
  const names = `${named(report.names.before)} → ${named(report.names.after)}`;
  const picture =
    rows.length > 0
      ? [details("What changed, as a picture", ["```mermaid", diffMermaid(report).trimEnd(), "```", ""])]
      : [];
  const matrix = () => details("Full matrix afterwards", grids(report.after, report.endpoints));
  // Checked before the matrix is built, which would fill the memory for a few thousand workloads.
  const hasMatrix = allEdges(report.diff) * "✓ | ".length <= limit;
  const tail = ["", names];
  const assemble = (
    shown: readonly ChangeRow[],
    warned: readonly string[],
    parts: readonly string[][],
    cut: readonly string[],
  ) =>
    `${[
      ...head,
      ...(shown.length > 0 ? [...changeTable(shown, meshed), ""] : []),
      ...warned,
      ...cut,
      ...parts.flatMap((part) => [...part, ""]),
      ...tail,
    ].join("\n")}\n`;

  const withoutMatrix = ["_The full matrix does not fit into a comment; `meshfence reach` prints it._", ""];
  const fixes = gateFixMarkdown(report.fixes ?? []);
  const undo = fixes.length === 0 ? [] : [fixes];
  const candidates = [
    ...(hasMatrix ? [() => assemble(rows, warnings, [...undo, ...picture, matrix()], [])] : []),
    () => assemble(rows, warnings, [...undo, ...picture], withoutMatrix),
    () => assemble(rows, warnings, undo, withoutMatrix),
    () => assemble(rows, warnings, [], withoutMatrix),
  ];
  for (const candidate of candidates) {
    const text = candidate();
    if (text.length <= limit) return text;
  }
  const warned = firstThatFit(warnings, Math.floor(limit / 3));
  return mostThatFit(rows.length, limit, (count) => {
    const left = [
      ...(count < rows.length ? [plural(rows.length - count, "row")] : []),
      ...(warned.length < warnings.length
        ? [plural(warnings.length - warned.length, "line of warnings", "lines of warnings")]
        : []),
    ].join(" and ");
    const note = `**Left out of this comment: ${left}. \`meshfence diff --format json\` has everything.**`;
    return assemble(rows.slice(0, count), warned, [], [note, ""]);
  });
}

function allEdges({ opened, closed, unclear, changed, redecided, unchanged }: DiffReport["diff"]): number {
  const same = unchanged.allowed + unchanged.denied + unchanged.unknown;
  return same + [opened, closed, unclear, changed, redecided].reduce((sum, changes) => sum + countEdges(changes), 0);
}

function firstThatFit(lines: readonly string[], room: number): string[] {
  let used = 0;
  const end = lines.findIndex((line) => {
    used += line.length + 1;
    return used > room;
  });
  return end < 0 ? [...lines] : lines.slice(0, end);
}

function changeTable(rows: readonly ChangeRow[], meshed: boolean): string[] {
  return table(
    ["", "from", "to", "port", "before → after", "why", ...(meshed ? ["mesh"] : [])],
    rows.map((row) => [
      `${glyphs[row.kind]} ${row.kind}`,
      someOf(row.from, 8, code),
      code(row.to),
      portsWords(row.ports),
      escapeMarkdown(`${row.before} → ${row.after}`),
      row.why.map(escapeMarkdown).join("<br>"),
      ...(meshed ? [escapeMarkdown(row.mesh)] : []),
    ]),
  );
}
