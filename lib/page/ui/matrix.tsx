import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Counts, Overview } from "../engine/scan";
import type { TargetAnswer } from "../engine/side";
import { type Cell, type CellSource, cellOf, wordsOfCell } from "./matrix-cell";
import { type Line, linesOf } from "./matrix-lines";
import { endpointMatches, useModel, useOverview } from "./model";

/** How far each key moves. */
const steps: ReadonlyMap<string, readonly [down: number, right: number]> = new Map([
  ["ArrowUp", [-1, 0]],
  ["ArrowDown", [1, 0]],
  ["ArrowLeft", [0, -1]],
  ["ArrowRight", [0, 1]],
  ["PageDown", [12, 0]],
  ["PageUp", [-12, 0]],
]);

const size = 30;
const head = 210;
const top = 140;
/** The step of scrolling after which lines are drawn anew, in pixels. */
const STEP = 4 * size;
/** The width of an A4 sheet, in pixels. */
const PAPER = 690;
/** Up to this many lines are drawn even when they are not visible, so that they are printed. */
const WHOLE = 60;

/** All endpoints as rows and columns. Only visible cells are loaded and drawn. */
export function Matrix() {
  const model = useModel();
  const { endpoints, viewState, set } = model;
  const rows = useMemo(
    () => linesOf(endpoints, (one) => endpointMatches(one, viewState.from), viewState.toggled),
    [endpoints, viewState.from, viewState.toggled],
  );
  const columns = useMemo(
    () => linesOf(endpoints, (one) => endpointMatches(one, viewState.to), viewState.toggled),
    [endpoints, viewState.to, viewState.toggled],
  );
  const overview = useOverview();
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ x: 0, y: 0, width: 1200, height: 800 });
  const [at, setAt] = useState({ row: 0, column: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let frame = 0;
    const viewState = () => {
      frame = 0;
      // Round to steps of some lines, so that most frames of scrolling redraw nothing.
      const next = {
        x: element.scrollLeft - (element.scrollLeft % STEP),
        y: element.scrollTop - (element.scrollTop % STEP),
        width: element.clientWidth,
        height: element.clientHeight,
      };
      setSight((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
    };
    const later = () => {
      frame ||= requestAnimationFrame(viewState);
    };
    viewState();
    element.addEventListener("scroll", later, { passive: true });
    const watcher = new ResizeObserver(later);
    watcher.observe(element);
    return () => {
      element.removeEventListener("scroll", later);
      watcher.disconnect();
      cancelAnimationFrame(frame);
    };
  }, []);
  const side = sight.width < 700 ? 130 : head;
  const span = (from: number, room: number, all: readonly Line[]) => {
    if (all.length <= WHOLE) return { first: 0, items: all };
    const first = Math.max(0, Math.floor(from / size) - 3);
    return { first, items: all.slice(first, Math.ceil((from + room + STEP) / size) + 3) };
  };
  const seenRows = span(sight.y, sight.height - top, rows);
  const seenColumns = span(sight.x, sight.width - side, columns);
  const source = useCells(seenRows.items, seenColumns.items, overview);
  const toggle = (group: string) =>
    set({
      toggled: viewState.toggled.includes(group)
        ? viewState.toggled.filter((one) => one !== group)
        : [...viewState.toggled, group],
    });
  const open = (row: Line | undefined, column: Line | undefined) => {
    if (row === undefined || column === undefined) return;
    if (row.kind === "endpoint" && column.kind === "endpoint")
      set({ selected: { kind: "edge", from: row.id, to: column.id } });
    else toggle(row.kind === "group" ? row.group : column.group);
  };
  const move = (event: KeyboardEvent) => {
    const step = steps.get(event.key);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return open(rows[at.row], columns[at.column]);
    }
    if (step === undefined) return undefined;
    const [down, right] = step;
    event.preventDefault();
    const row = Math.min(Math.max(at.row + down, 0), rows.length - 1);
    const column = Math.min(Math.max(at.column + right, 0), columns.length - 1);
    setAt({ row, column });
    const element = box.current;
    if (element === null) return undefined;
    if (row * size < element.scrollTop) element.scrollTop = row * size;
    if ((row + 1) * size > element.scrollTop + element.clientHeight - top)
      element.scrollTop = (row + 1) * size - element.clientHeight + top;
    if (column * size < element.scrollLeft) element.scrollLeft = column * size;
    if ((column + 1) * size > element.scrollLeft + element.clientWidth - side)
      element.scrollLeft = (column + 1) * size - element.clientWidth + side;
    return undefined;
  };
  if (rows.length === 0 || columns.length === 0) return <p class="empty">No endpoint matches.</p>;
  const width = side + columns.length * size + 60;
  const active = `cell-${at.row}-${at.column}`;
  return (
    <div class="with-legend">
      {" "}
      <div
        ref={box}
        class="matrix"
        role="grid"
        aria-label="Who reaches whom: rows connect to columns"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        tabIndex={0}
        aria-activedescendant={active}
        onKeyDown={move}
      >
        <div
          class="plane"
          style={{
            width: `${width}px`,
            height: `${top + rows.length * size + 20}px`,
            "--print-zoom": String(Math.min(1, PAPER / width)),
          }}
        >
          <div class="corner" role="presentation" style={{ width: `${side}px`, height: `${top}px` }}>
            <span class="faint">from ↓ to →</span>
          </div>
          <div class="columns" role="row" aria-rowindex={1} style={{ height: `${top}px`, marginLeft: `${side}px` }}>
            {seenColumns.items.map((line, place) => (
              <div
                key={keyOf(line)}
                role="columnheader"
                aria-colindex={seenColumns.first + place + 2}
                class={`column ${line.kind}${at.column === seenColumns.first + place ? " at" : ""}`}
                style={{ left: `${(seenColumns.first + place) * size}px` }}
              >
                <Head line={line} toggle={toggle} open={(id) => set({ selected: { kind: "endpoint", id } })} />
              </div>
            ))}
          </div>
          {seenRows.items.map((row, place) => {
            const index = seenRows.first + place;
            return (
              <div
                key={keyOf(row)}
                role="row"
                aria-rowindex={index + 2}
                class="line"
                style={{ top: `${top + index * size}px`, width: `${side + columns.length * size}px` }}
              >
                <div
                  role="rowheader"
                  aria-colindex={1}
                  class={`rowhead ${row.kind}${at.row === index ? " at" : ""}`}
                  style={{ width: `${side}px` }}
                >
                  <Head line={row} toggle={toggle} open={(id) => set({ selected: { kind: "endpoint", id } })} />
                </div>
                {seenColumns.items.map((column, number) => {
                  const columnIndex = seenColumns.first + number;
                  const cell = cellOf(row, column, source, viewState);
                  return (
                    <div
                      key={keyOf(column)}
                      id={`cell-${index}-${columnIndex}`}
                      role="gridcell"
                      aria-colindex={columnIndex + 2}
                      aria-label={wordsOfCell(row, column, cell)}
                      class={classOf(
                        cell,
                        at.row === index && at.column === columnIndex,
                        row.kind === "group" || column.kind === "group",
                      )}
                      style={{ left: `${side + columnIndex * size}px` }}
                      onClick={() => {
                        setAt({ row: index, column: columnIndex });
                        open(row, column);
                      }}
                    >
                      {cell?.glyph ?? "…"}
                    </div>
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
      {(seenRows.items.length < rows.length || seenColumns.items.length < columns.length) && (
        <p class="only-print">
          Printed: {seenRows.items.length} of {rows.length} rows, {seenColumns.items.length} of {columns.length}{" "}
          columns, those that were in sight. Filter, or print the list.
        </p>
      )}
      <p class="legend">
        <span class="key all">✓ allowed</span>
        <span class="key some">◐ some ports, or some of the namespace</span>
        <span class="key shut">✗ denied</span>
        <span class="key">? unknown</span>
        <span class="key">
          <span class="under">underlined</span> without mTLS
        </span>
      </p>
    </div>
  );
}

const keyOf = (line: Line) => (line.kind === "group" ? `ns:${line.group}` : line.id);

function classOf(cell: Cell | undefined, isAt: boolean, isGroup: boolean): string {
  return `cell ${cell?.state ?? "waiting"}${cell?.plain === true ? " plain" : ""}${isAt ? " at" : ""}${isGroup ? " of-group" : ""}`;
}

function Head({ line, toggle, open }: { line: Line; toggle(group: string): void; open(id: string): void }) {
  if (line.kind === "endpoint")
    return (
      <button type="button" class="link" tabIndex={-1} title={line.id} onClick={() => open(line.id)}>
        <bdi>{line.label}</bdi>
      </button>
    );
  return (
    <button
      type="button"
      class="link group"
      tabIndex={-1}
      title={`${line.group}: ${line.places.length}`}
      aria-expanded={line.isOpen}
      onClick={() => toggle(line.group)}
    >
      <span aria-hidden="true">{line.isOpen ? "▾" : "▸"}</span> <bdi>{line.group}</bdi>{" "}
      <span class="faint">{line.places.length}</span>
    </button>
  );
}

/** Loads the answers about visible rows and columns. */
function useCells(rows: readonly Line[], columns: readonly Line[], overview: Overview | undefined): CellSource {
  const { engine, viewState } = useModel();
  const [known, setKnown] = useState<{
    side: number;
    targets: Map<number, TargetAnswer>;
    sources: Map<number, Counts[]>;
  }>({ side: -1, targets: new Map(), sources: new Map() });
  const hasGroups = columns.some(({ kind }) => kind === "group");
  const wanted = columns.flatMap((line) => (line.kind === "endpoint" ? [line.place] : []));
  const wantedRows = hasGroups ? rows.flatMap((line) => (line.kind === "endpoint" ? [line.place] : [])) : [];
  useEffect(() => {
    let isWanted = true;
    const own =
      known.side === viewState.side
        ? known
        : { side: viewState.side, targets: new Map<number, TargetAnswer>(), sources: new Map<number, Counts[]>() };
    const missing = wanted.filter((place) => !own.targets.has(place));
    const missingRows = wantedRows.filter((place) => !own.sources.has(place));
    if (missing.length + missingRows.length === 0 && known === own) return undefined;
    const asked = Promise.all([
      ...missing.map(async (place) => own.targets.set(place, await engine.target(viewState.side, place))),
      ...missingRows.map(async (place) =>
        own.sources.set(place, await engine.ask<Counts[]>("source", viewState.side, place)),
      ),
    ]);
    void asked.then(() => isWanted && setKnown({ ...own }));
    return () => {
      isWanted = false;
    };
  }, [engine, viewState.side, wanted.join(), wantedRows.join()]);
  const groups = useMemo(() => new Map((overview?.groups ?? []).map((group, place) => [group, place])), [overview]);
  return { targets: known.targets, sources: known.sources, groups, overview };
}
