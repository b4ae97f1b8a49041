import type { Counts, Overview } from "../engine/scan";
import { Code, type TargetAnswer } from "../engine/side";
import type { Line } from "./matrix-lines";
import { kindMatches, kindShown, portMatches } from "./model";
import type { ViewState } from "./state";

/** The content of a cell. */
export interface Cell {
  state: "allowed" | "denied" | "unknown" | "some" | "none";
  glyph: string;
  plain: boolean;
  counts: Counts;
}

/** The loaded answers about visible rows and columns. */
export interface CellSource {
  targets: ReadonlyMap<number, TargetAnswer>;
  /** By index of an endpoint: its counts to each group. */
  sources: ReadonlyMap<number, readonly (Counts | undefined)[]>;
  groups: ReadonlyMap<string, number>;
  overview: Overview | undefined;
}

/** A cell; undefined while its answer is loading. */
export function cellOf(row: Line, column: Line, source: CellSource, viewState: ViewState): Cell | undefined {
  const counts = countsOf(row, column, source, viewState);
  return counts && cellOfCounts(counts);
}

function countsOf(
  row: Line,
  column: Line,
  { targets, sources, groups, overview }: CellSource,
  viewState: ViewState,
): Counts | undefined {
  if (column.kind === "endpoint") {
    const target = targets.get(column.place);
    if (target === undefined) return undefined;
    const counts = { allowed: 0, denied: 0, unknown: 0, plain: 0 };
    for (const port of target.ports.filter((one) => portMatches(one, viewState.port))) {
      for (const place of row.kind === "endpoint" ? [row.place] : row.places) {
        const kind = kindShown(port, place);
        if (!kindMatches(kind, viewState)) continue;
        if (kind.code === Code.Allowed) counts.allowed++;
        else if (kind.code === Code.Denied) counts.denied++;
        else counts.unknown++;
        if (kind.plain) counts.plain++;
      }
    }
    return counts;
  }
  const to = groups.get(column.group);
  const nothing = { allowed: 0, denied: 0, unknown: 0, plain: 0 };
  if (row.kind === "endpoint") {
    const known = sources.get(row.place);
    return known === undefined || to === undefined ? undefined : shown(known[to] ?? nothing, viewState);
  }
  const from = groups.get(row.group);
  if (overview === undefined || from === undefined || to === undefined) return undefined;
  const cell = overview.cells[from * overview.groups.length + to];
  return cell === undefined && !overview.isWhole ? undefined : shown(cell ?? nothing, viewState);
}

function shown({ allowed, denied, unknown, plain }: Counts, { hidden, plain: onlyPlain }: ViewState): Counts {
  const seen = (state: string, count: number) => (hidden.includes(state) ? 0 : count);
  if (onlyPlain) return { allowed: seen("allowed", plain), denied: 0, unknown: 0, plain };
  return {
    allowed: seen("allowed", allowed),
    denied: seen("denied", denied),
    unknown: seen("unknown", unknown),
    plain,
  };
}

function cellOfCounts(counts: Counts): Cell {
  const { allowed, denied, unknown, plain } = counts;
  const base = { counts, plain: plain > 0 };
  if (allowed + denied + unknown === 0) return { ...base, state: "none", glyph: "·" };
  if (denied + unknown === 0) return { ...base, state: "allowed", glyph: "✓" };
  if (allowed + unknown === 0) return { ...base, state: "denied", glyph: "✗" };
  if (allowed === 0) return { ...base, state: "unknown", glyph: "?" };
  return { ...base, state: "some", glyph: "◐" };
}

/** The text of a cell for screen readers. */
export function wordsOfCell(row: Line, column: Line, cell: Cell | undefined): string {
  const name = (line: Line) => (line.kind === "group" ? `namespace ${line.group}` : line.id);
  if (row.kind === "endpoint" && column.kind === "endpoint" && row.place === column.place) return `${row.id}: itself`;
  const ends = `${name(row)} to ${name(column)}`;
  if (cell === undefined) return `${ends}: loading`;
  const { allowed, denied, unknown, plain } = cell.counts;
  const words = [
    ...(allowed > 0 ? [`${allowed} allowed`] : []),
    ...(denied > 0 ? [`${denied} denied`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
    ...(plain > 0 ? [`${plain} in plain text`] : []),
  ];
  return `${ends}: ${words.length > 0 ? words.join(", ") : "no flows"}`;
}
