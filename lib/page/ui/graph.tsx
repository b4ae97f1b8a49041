import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Graph as GraphAnswer, GraphEdge, GraphNode } from "../engine/drawing";
import { isFolded } from "./matrix-lines";
import { has, useAsked, useModel } from "./model";
import { usePanZoom } from "./pan-zoom";

/** Boxes and arrows: who reaches whom through what policies let pass. */
export function Graph() {
  const { engine, endpoints, look, set } = useModel();
  const groups = useMemo(() => [...new Set(endpoints.flatMap(({ namespace }) => namespace ?? []))], [endpoints]);
  const unfolded = groups.filter((group) => !isFolded(group, endpoints.length, look.toggled));
  const wish = { unfolded, focus: look.focus, plain: look.plain };
  const { value, error, isOld } = useAsked<GraphAnswer>(
    () => engine.ask("graph", look.side, wish),
    [engine, look.side, JSON.stringify(wish)],
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
      toggled: look.toggled.includes(group) ? look.toggled.filter((one) => one !== group) : [...look.toggled, group],
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
    const wanted = [look.from, look.to].filter((text) => text !== "");
    return wanted.length > 0 && !wanted.some((text) => has(`${node.id} ${node.group}`, text));
  };
  const names = new Map(value.nodes.map((node) => [node.id, node.label]));
  const edges = value.edges.filter(
    ({ from, to, ports, change }) =>
      has(from, look.from) &&
      has(to, look.to) &&
      (look.port === "" || ports.some((port) => has(port, look.port))) &&
      !(look.hidden.includes("allowed") && change === undefined),
  );
  return (
    <div class={`graph${isOld ? " old" : ""}`}>
      <div class="tools">
        <button type="button" aria-label="Closer" onClick={() => view.zoom(1.3)}>
          +
        </button>
        <button type="button" aria-label="Farther" onClick={() => view.zoom(1 / 1.3)}>
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
        {look.focus !== undefined && (
          <button type="button" onClick={() => set({ focus: undefined as never })}>
            Show all, not only {names.get(look.focus) ?? look.focus}
          </button>
        )}
        {value.left > 0 && <span class="faint">{value.left} more arrows: choose a box, or filter</span>}
      </div>
      <svg ref={svg} viewBox={view.box} role="group" aria-label="Graph of who reaches whom" onPointerDown={view.grab}>
        <defs>
          {["allowed", "opened", "closed", "unclear", "plain", "unknown"].map((kind) => (
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

function Arrow({ edge, isFaint, names }: { edge: GraphEdge; isFaint: boolean; names: ReadonlyMap<string, string> }) {
  const { set } = useModel();
  const kind = edge.change ?? (edge.unknown ? "unknown" : edge.plain ? "plain" : "allowed");
  const words = `${names.get(edge.from)} ${edge.both === true ? "↔" : "→"} ${names.get(edge.to)}: ${edge.change === undefined ? "" : `${edge.change}, `}${edge.ports.join(", ")}${edge.plain ? ", plain text" : ""}`;
  const isOne = !edge.from.startsWith("ns:") && !edge.to.startsWith("ns:");
  const choose = () =>
    isOne
      ? set({ selected: { kind: "edge", from: edge.from, to: edge.to } })
      : set({ focus: edge.from.startsWith("ns:") ? edge.to : edge.from });
  const path = curve(edge.points);
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
      {edge.change !== undefined && middle(edge.points) !== undefined && (
        <text class="mark" x={middle(edge.points)?.x} y={(middle(edge.points)?.y ?? 0) - 9} text-anchor="middle">
          {marks[edge.change]} {edge.ports[0]}
        </text>
      )}
      <title>{words}</title>
    </a>
  );
}

const middle = (points: GraphEdge["points"]) => points[Math.floor(points.length / 2)];

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
