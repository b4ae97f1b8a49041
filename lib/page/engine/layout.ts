import dagre from "@dagrejs/dagre";
import type { Box, Graph, GraphEdge, GraphNode } from "./drawing";
import { edgeOf, forced } from "./force";
import { markOf } from "./overlay";
import { rowsBelow } from "./rows";

/** More arrows are unreadable. */
const mostEdges = 300;

/** With fewer boxes, those without an arrow stay in the frame of their namespace. */
const FEW = 150;

export interface Drawn extends Omit<GraphEdge, "points" | "ports"> {
  ports: Set<string>;
}

/** With more arrows, layers would be full of crossings, and take too long. */
const DENSE = 110;

/** Positions of boxes and arrows. */
interface Placed {
  at(id: string): { x: number; y: number };
  points(edge: Drawn, place: number): GraphEdge["points"];
  frames: Graph["frames"];
  width: number;
  height: number;
}

/** Places boxes and arrows: in layers from callers to callees or, with too many arrows, by force. */
export function layout(
  boxes: ReadonlyMap<string, Box>,
  all: readonly Drawn[],
  unfolded: ReadonlySet<string>,
  focus: string | undefined,
): Omit<Graph, "unplaced"> {
  const order = ({ change, seen }: Drawn) => (change !== undefined || markOf(seen) === "wanted" ? 0 : 1);
  const edges = [...all].sort((a, b) => order(a) - order(b) || b.count - a.count).slice(0, mostEdges);
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const joined = new Set([...boxes.values()].filter(({ id }) => ends.has(id)).map(({ group }) => group));
  const isShown = ({ id, kind, group }: Box) =>
    ends.has(id) || id === focus || (focus === undefined && kind === "pod" && joined.has(group) && boxes.size < FEW);
  const shown = [...boxes.values()].filter(isShown);
  const alone = focus === undefined ? [...boxes.values()].filter((box) => !isShown(box)) : [];
  const placed = edges.length > DENSE ? inForce(shown, edges) : inLayers(shown, edges, unfolded);
  const below = rowsBelow(alone, unfolded, Math.max(placed.width, 700), placed.height);
  return {
    nodes: [...shown.map((node): GraphNode => ({ ...node, ...placed.at(node.id) })), ...below.nodes],
    edges: edges.map((edge, place) => ({
      ...edge,
      ports: [...edge.ports].sort().slice(0, 8),
      points: placed.points(edge, place),
    })),
    frames: [...placed.frames, ...below.frames],
    width: Math.max(placed.width, below.width),
    height: below.height,
    left: all.length - edges.length,
  };
}

function inForce(shown: readonly Box[], edges: readonly Drawn[]): Placed {
  const places = forced(shown, edges);
  const sizes = new Map(shown.map((box) => [box.id, box]));
  const at = (id: string) => places.get(id) ?? { x: 0, y: 0 };
  const whole = (id: string) => ({ width: 80, height: 30, ...sizes.get(id), ...at(id) });
  return {
    at,
    points: ({ from, to }) => [edgeOf(whole(from), at(to)), edgeOf(whole(to), at(from))],
    frames: [],
    width: Math.max(0, ...shown.map(({ id, width }) => at(id).x + width / 2 + 20)),
    height: Math.max(0, ...shown.map(({ id, height }) => at(id).y + height / 2 + 20)),
  };
}

function inLayers(shown: readonly Box[], edges: readonly Drawn[], unfolded: ReadonlySet<string>): Placed {
  const graph = new dagre.graphlib.Graph({ compound: true, multigraph: true });
  graph.setGraph({
    rankdir: "LR",
    nodesep: unfolded.size > 0 ? 30 : 14,
    ranksep: 90,
    edgesep: 8,
    marginx: 20,
    marginy: 36,
    ranker: edges.length > 60 ? "tight-tree" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const framed = new Set<string>();
  for (const { id, width, height, group, kind } of shown) {
    graph.setNode(id, { width, height });
    if (kind !== "pod" || !unfolded.has(group)) continue;
    if (!framed.has(group)) graph.setNode(`frame:${group}`, {});
    framed.add(group);
    graph.setParent(id, `frame:${group}`);
  }
  for (const [place, { from, to }] of edges.entries()) graph.setEdge(from, to, { weight: 1 }, String(place));
  dagre.layout(graph as never);
  const placed = (id: string) => graph.node(id) as { x: number; y: number; width: number; height: number };
  const free = shown.filter(({ id }) => graph.parent(id) === undefined).map(({ id }) => placed(id));
  const down = apart(
    [...framed].map((group) => withName(placed(`frame:${group}`))),
    free,
  );
  const at = (id: string) => ({ ...placed(id), y: down(placed(id).y) });
  // For a graph without boxes, dagre returns no finite size.
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    at: (id) => ({ x: at(id).x, y: at(id).y }),
    points: ({ from, to }, place) =>
      (graph.edge(from, to, String(place)) as { points: { x: number; y: number }[] }).points.map(({ x, y }) => ({
        x,
        y: down(y),
      })),
    frames: [...framed].map((group) => {
      const frame = withName(placed(`frame:${group}`));
      const [top, bottom] = [frame.y - frame.height / 2, frame.y + frame.height / 2];
      // Down to the lowest box in it.
      const lowest = Math.max(...(graph.children(`frame:${group}`) ?? []).map((id: string) => placed(id).y));
      const [begin, end] = [down(top), bottom + down(lowest) - lowest];
      return { group, x: frame.x, y: (begin + end) / 2, width: frame.width, height: end - begin };
    }),
    width: Number.isFinite(width) ? width : 0,
    height: Number.isFinite(height) ? down(height) : 0,
  };
}

interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Adds room for the name above. */
const withName = ({ x, y, width, height }: Frame): Frame => ({ x, y: y - 10, width, height: height + 20 });

/** Moves everything below down, so that no frame overlaps another, or a box outside it: the layout leaves no room for the names of frames. */
function apart(frames: readonly Frame[], free: readonly Frame[]): (y: number) => number {
  const withTop = (frame: Frame) => ({ ...frame, top: frame.y - frame.height / 2 });
  const sorted = frames.map(withTop).sort((a, b) => a.top - b.top);
  const boxes = free.map(withTop);
  const steps: { from: number; by: number }[] = [];
  for (const [place, frame] of sorted.entries()) {
    const earlier = [...sorted.slice(0, place), ...boxes.filter(({ top }) => top < frame.top)];
    const above = earlier.filter((one) => Math.abs(one.x - frame.x) < (one.width + frame.width) / 2);
    const overlap = Math.max(0, ...above.map((one) => one.top + one.height + gap - frame.top));
    // Frames that overlap by more than half are beside each other, not one above the other.
    if (overlap > 0 && overlap < frame.height / 2) steps.push({ from: frame.top, by: overlap });
  }
  return (y) => steps.reduce((sum, { from, by }) => (y >= from ? sum + by : sum), y);
}

const gap = 12;
