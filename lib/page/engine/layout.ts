import dagre from "@dagrejs/dagre";
import type { Graph, GraphEdge, GraphNode } from "./drawing";
import { edgeOf, forced } from "./force";

export type Box = Omit<GraphNode, "x" | "y">;

/** More than these nobody can follow. */
const mostEdges = 600;

/** So few that those without an arrow stay among their namesakes. */
const FEW = 150;

export interface Drawn extends Omit<GraphEdge, "points" | "ports"> {
  ports: Set<string>;
}

/** From this many arrows on, layers would be all crossings, and take too long. */
const DENSE = 110;

/** What is drawn, and where. */
interface Placed {
  at(id: string): { x: number; y: number };
  points(edge: Drawn, place: number): GraphEdge["points"];
  frames: Graph["frames"];
  width: number;
  height: number;
}

/** Places boxes and arrows: in layers, from those who call to those who are called, and where there are too many arrows near each other. */
export function layout(
  boxes: ReadonlyMap<string, Box>,
  all: readonly Drawn[],
  unfolded: ReadonlySet<string>,
  focus: string | undefined,
): Graph {
  const order = (edge: Drawn) => (edge.change !== undefined ? 0 : 1);
  const edges = [...all].sort((a, b) => order(a) - order(b) || b.count - a.count).slice(0, mostEdges);
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const isShown = ({ id, kind }: Box) =>
    ends.has(id) || id === focus || (focus === undefined && kind === "pod" && boxes.size < FEW);
  const shown = [...boxes.values()].filter(isShown);
  const alone = focus === undefined ? [...boxes.values()].filter((box) => !isShown(box)) : [];
  const placed = edges.length > DENSE ? inForce(shown, edges) : inLayers(shown, edges, unfolded);
  const below = rowsBelow(alone, Math.max(placed.width, 700), placed.height);
  return {
    nodes: [...shown.map((node): GraphNode => ({ ...node, ...placed.at(node.id) })), ...below.nodes],
    edges: edges.map((edge, place) => ({
      ...edge,
      ports: [...edge.ports].sort().slice(0, 8),
      points: placed.points(edge, place),
    })),
    frames: placed.frames,
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
    marginy: 20,
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
  const at = (id: string) => graph.node(id) as { x: number; y: number; width: number; height: number };
  // Of a graph without boxes, dagre gives no finite size.
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    at: (id) => ({ x: at(id).x, y: at(id).y }),
    points: ({ from, to }, place) =>
      (graph.edge(from, to, String(place)) as { points: { x: number; y: number }[] }).points,
    frames: [...framed].map((group) => {
      const { x, y, width: across, height: down } = at(`frame:${group}`);
      // Room for the name.
      return { group, x, y: y - 10, width: across, height: down + 20 };
    }),
    width: Number.isFinite(width) ? width : 0,
    height: Number.isFinite(height) ? height : 0,
  };
}

/** Boxes that no arrow leads to, in rows under the rest. */
function rowsBelow(
  alone: readonly Box[],
  width: number,
  top: number,
): { nodes: GraphNode[]; width: number; height: number } {
  let [x, y, right] = [20, top + (alone.length > 0 ? 30 : 0), 0];
  const nodes = alone.map((node): GraphNode => {
    if (x > 20 && x + node.width > width) {
      x = 20;
      y += 62;
    }
    const placed = { ...node, x: x + node.width / 2, y: y + node.height / 2 };
    x += node.width + 14;
    right = Math.max(right, x);
    return placed;
  });
  return { nodes, width: right + 20, height: alone.length > 0 ? y + 70 : top };
}
