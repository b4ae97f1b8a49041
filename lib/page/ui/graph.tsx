import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { plural } from "../../reachability/words";
import type { Graph as GraphAnswer, GraphEdge, GraphNode } from "../engine/drawing";
import { markOf, markWords } from "../engine/overlay";
import { isFolded } from "./matrix-lines";
import { has, markGlyphs, markNames, useAsked, useModel } from "./model";
import { usePanZoom } from "./pan-zoom";

/** With more arrows, labels show only their sign, without ports. */
const DENSE = 60;

/** Who reaches whom, as boxes and arrows. */
export function Graph() {
  const { data, engine, endpoints, viewState, set } = useModel();
  const isMarked = data.seen?.groups.some(({ mark }) => mark !== undefined) === true;
  const seen = isMarked && viewState.side === data.sides.length - 1 ? data.seen : undefined;
  const groups = useMemo(() => [...new Set(endpoints.flatMap(({ namespace }) => namespace ?? []))], [endpoints]);
  const unfolded = groups.filter((group) => !isFolded(group, endpoints.length, viewState.toggled));
  const request = { unfolded, focus: viewState.focus, plain: viewState.plain, traffic: viewState.traffic };
  const { value, error, isOld } = useAsked<GraphAnswer>(
    () => engine.ask("graph", viewState.side, request),
    [engine, viewState.side, JSON.stringify(request)],
  );
  const svg = useRef<SVGSVGElement>(null);
  const view = usePanZoom(svg, value?.width ?? 0, value?.height ?? 0);
  const [over, setOver] = useState<string>();
  useEffect(() => setOver(undefined), [value]);
  if (error !== undefined) return <p class="empty">{error}</p>;
  if (value === undefined)
    return (
      <p class="empty" role="status">
        Drawing…
      </p>
    );
  const toggle = (group: string) =>
    set({
      toggled: viewState.toggled.includes(group)
        ? viewState.toggled.filter((one) => one !== group)
        : [...viewState.toggled, group],
    });
  const press = (node: GraphNode) =>
    node.kind === "namespace" ? toggle(node.group) : set({ selected: { kind: "endpoint", id: node.id } });
  const near =
    over === undefined
      ? undefined
      : new Set(
          value.edges
            .filter(({ from, to }) => from === over || to === over)
            .flatMap(({ from, to }) => [from, to, over]),
        );
  const isFaint = (node: GraphNode) => {
    if (near !== undefined) return !near.has(node.id) && node.id !== over;
    const wanted = [viewState.from, viewState.to].filter((text) => text !== "");
    return wanted.length > 0 && !wanted.some((text) => has(`${node.id} ${node.group}`, text));
  };
  const names = new Map(value.nodes.map((node) => [node.id, node.label]));
  const edges = value.edges.filter(
    ({ from, to, ports, change, seen }) =>
      has(from, viewState.from) &&
      has(to, viewState.to) &&
      (viewState.port === "" || ports.some((port) => has(port, viewState.port))) &&
      !(viewState.hidden.includes("allowed") && change === undefined) &&
      !viewState.hidden.includes(markOf(seen) ?? ""),
  );
  const isDense = edges.length > DENSE;
  return (
    <div class={`graph${isOld ? " old" : ""}${isDense ? " dense" : ""}`}>
      <div class="tools">
        <button type="button" aria-label="Zoom in" onClick={() => view.zoom(1.3)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => view.zoom(1 / 1.3)}>
          −
        </button>
        <button type="button" onClick={view.fit}>
          Fit
        </button>
        {groups.some((group) => unfolded.includes(group)) && endpoints.length > 1 && (
          <button
            type="button"
            onClick={() => set({ toggled: groups.filter((group) => isFolded(group, endpoints.length, []) === false) })}
          >
            Fold all
          </button>
        )}
        {viewState.focus !== undefined && (
          <button type="button" onClick={() => set({ focus: undefined as never })}>
            Show all, not only {names.get(viewState.focus) ?? viewState.focus}
          </button>
        )}
        {seen !== undefined && (
          <button type="button" aria-pressed={viewState.traffic} onClick={() => set({ traffic: !viewState.traffic })}>
            Traffic
          </button>
        )}
        {value.unplaced > 0 && (
          <span class="faint">
            {plural(value.unplaced, "edge")} of the traffic not drawn: an end is not in the graph
          </span>
        )}
        {value.left > 0 && <span class="faint">{value.left} more arrows: choose a box, or filter</span>}
      </div>
      <svg ref={svg} viewBox={view.box} role="group" aria-label="Graph of who reaches whom" onPointerDown={view.grab}>
        <defs>
          {["allowed", "opened", "closed", "unclear", "plain", "unknown", ...markNames].map((kind) => (
            <marker
              key={kind}
              id={`arrow-${kind}`}
              class={`arrow-head ${kind}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto-start-reverse"
            >
              <path d="M0 0.5 8 4 0 7.5z" />
            </marker>
          ))}
        </defs>
        {value.frames.map(({ group, x, y, width, height }) => (
          <g key={group} class="frame">
            <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx="12" />
            <a
              href="#fold"
              role="button"
              aria-label={`Fold namespace ${group}`}
              onClick={(event) => {
                event.preventDefault();
                toggle(group);
              }}
            >
              <text x={x - width / 2 + 12} y={y - height / 2 + 17}>
                ▾ {group}
              </text>
            </a>
          </g>
        ))}
        {edges.map((edge) => (
          <Arrow
            key={`${edge.from}\0${edge.to}\0${edge.change}`}
            edge={edge}
            isFaint={near !== undefined && edge.from !== over && edge.to !== over}
            names={names}
            isTerse={isDense}
          />
        ))}
        {value.nodes.map((node) => (
          <g key={node.id} transform={`translate(${node.x - node.width / 2} ${node.y - node.height / 2})`}>
            <a
              href="#node"
              role="button"
              class={`node ${node.kind}${isFaint(node) ? " faint" : ""}${node.isOpen ? " open" : ""}`}
              onClick={(event) => {
                event.preventDefault();
                press(node);
              }}
              onPointerEnter={() => setOver(node.id)}
              onPointerLeave={() => setOver(undefined)}
              onFocus={() => setOver(node.id)}
              onBlur={() => setOver(undefined)}
            >
              <rect width={node.width} height={node.height} rx={node.kind === "outside" ? node.height / 2 : 7} />
              <text
                x={node.kind === "namespace" ? 12 : node.width / 2}
                y={node.kind === "namespace" ? 19 : node.height / 2 + 4}
                text-anchor={node.kind === "namespace" ? "start" : "middle"}
              >
                {node.kind === "namespace" ? "▸ " : ""}
                {fit(node.label, node.width)}
              </text>
              {node.kind === "namespace" && (
                <text class="sub" x="12" y="36">
                  {node.size} workload{node.size === 1 ? "" : "s"}
                </text>
              )}
              {node.isOpen && <circle class="mark" cx={node.width - 11} cy={node.height / 2} r="4" />}
              <title>{`${node.id}${node.isOpen ? "\nopen: no policy guards it, anyone reaches it" : ""}`}</title>
            </a>
          </g>
        ))}
      </svg>
      <p class="legend">
        <span class="key allowed">→ allowed</span>
        <span class="key plain">⇢ plain text</span>
        {value.edges.some(({ change }) => change === "opened") && <span class="key opened">+ opened</span>}
        {value.edges.some(({ change }) => change === "closed") && <span class="key closed">− closed</span>}
        {value.edges.some(({ change }) => change === "unclear") && (
          <span class="key unclear">? unclear: may open or close</span>
        )}
        {markNames
          .filter((mark) => edges.some((edge) => markOf(edge.seen) === mark))
          .map((mark) => (
            <span key={mark} class={`key ${mark}`}>
              {markGlyphs[mark]} {markWords[mark]}
            </span>
          ))}
        <span class="key">○ open: no policy guards it, anyone reaches it</span>
      </p>
    </div>
  );
}

const fit = (label: string, width: number) => {
  const room = Math.floor((width - 24) / 7.2);
  return label.length > room ? `${label.slice(0, Math.max(1, room - 1))}…` : label;
};

const marks = { opened: "+", closed: "−", unclear: "?" };

interface ArrowProps {
  edge: GraphEdge;
  isFaint: boolean;
  names: ReadonlyMap<string, string>;
  /** Whether the label shows only the sign, without the port. */
  isTerse: boolean;
}

function Arrow({ edge, isFaint, names, isTerse }: ArrowProps) {
  const { set } = useModel();
  const mark = markOf(edge.seen);
  const kind = edge.change ?? mark ?? (edge.unknown ? "unknown" : edge.plain ? "plain" : "allowed");
  const words = `${names.get(edge.from)} ${edge.both === true ? "↔" : "→"} ${names.get(edge.to)}: ${edge.change === undefined ? "" : `${edge.change}, `}${edge.ports.join(", ")}${edge.plain ? ", plain text" : ""}${seenWords(edge)}`;
  const isOne = !edge.from.startsWith("ns:") && !edge.to.startsWith("ns:");
  const choose = () =>
    isOne
      ? set({ selected: { kind: "edge", from: edge.from, to: edge.to } })
      : set({ focus: edge.from.startsWith("ns:") ? edge.to : edge.from });
  const path = curve(edge.points);
  const at = middle(edge.points);
  const whole = labelOf(edge);
  const label = isTerse ? whole?.split(" ")[0] : whole;
  return (
    <a
      href="#edge"
      role="button"
      class={`arrow ${kind}${isFaint ? " faint" : ""}`}
      aria-label={words}
      onClick={(event) => {
        event.preventDefault();
        choose();
      }}
    >
      <path class="hit" d={path} />
      <path
        class="stroke"
        d={path}
        marker-end={`url(#arrow-${kind})`}
        {...(edge.both === true && { "marker-start": `url(#arrow-${kind})` })}
        stroke-width={Math.min(4, 1.2 + Math.log10(edge.count))}
      />
      {label !== undefined && at !== undefined && (
        <text class="mark" x={at.x} y={label.includes(" ") ? at.y - 9 : at.y + 4} text-anchor="middle">
          {label}
        </text>
      )}
      <title>{words}</title>
    </a>
  );
}

/** The label that distinguishes an arrow without colour: a sign, with the port if the reader has to act on it. */
function labelOf({ change, seen, plain, ports }: GraphEdge): string | undefined {
  const mark = markOf(seen);
  if (change !== undefined) return `${marks[change]} ${ports[0]}`;
  if (mark === undefined) return undefined;
  return mark === "wanted" || mark === "undecided"
    ? `${markGlyphs[mark]} ${ports[0]}`
    : `${markGlyphs[mark]}${plain ? " plain text" : ""}`;
}

/** The recorded traffic of an arrow as text, port by port. */
function seenWords({ seen }: GraphEdge): string {
  return markNames
    .filter((mark) => seen?.[mark] !== undefined)
    .map((mark) => `; ${markWords[mark]}: ${seen?.[mark]?.join(", ")}`)
    .join("");
}

/** The middle of a line, for its sign. */
function middle(points: GraphEdge["points"]): { x: number; y: number } | undefined {
  const [before, after] = [points[Math.floor((points.length - 1) / 2)], points[Math.ceil((points.length - 1) / 2)]];
  if (before === undefined || after === undefined) return undefined;
  return { x: (before.x + after.x) / 2, y: (before.y + after.y) / 2 };
}

/** A smooth line through the points. */
function curve(points: GraphEdge["points"]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M${first.x} ${first.y}`;
  for (let place = 0; place < rest.length; place++) {
    const [point, next] = [rest[place], rest[place + 1]];
    if (point === undefined) break;
    if (next === undefined) path += ` L${point.x} ${point.y}`;
    else path += ` Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  }
  return path;
}
