import dagre from "@dagrejs/dagre";
import { type Change, edgesOf } from "../../reachability/diff";
import { Code, groupOf, OUTSIDE, type Side } from "./side";

/** What of the whole is drawn. */
export interface GraphWish {
  /** Namespaces whose workloads are drawn one by one. */
  unfolded: readonly string[];
  /** Draw only what one of these nodes is an end of; nothing: all. */
  focus?: string | undefined;
  /** Only edges without mTLS. */
  plain?: boolean | undefined;
}

/** A box: a workload, or a namespace with all of its own. */
export interface GraphNode {
  id: string;
  label: string;
  /** The namespace that it is in, or is. */
  group: string;
  kind: "namespace" | "pod" | "outside";
  /** How many endpoints it stands for. */
  size: number;
  /** No policy guards some of it: whoever gets a packet out reaches it. */
  isOpen: boolean;
  meshed: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface GraphEdge {
  from: string;
  to: string;
  /** How many flows it stands for. */
  count: number;
  /** Ports, in words; the first few. */
  ports: readonly string[];
  change?: "opened" | "closed" | undefined;
  plain: boolean;
  unknown: boolean;
  points: readonly { x: number; y: number }[];
}

export interface Graph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** Boxes around the workloads of an unfolded namespace. */
  frames: readonly { group: string; x: number; y: number; width: number; height: number }[];
  width: number;
  height: number;
  /** Edges that are not drawn since there are too many. */
  left: number;
}

/** More than these nobody can follow. */
const mostEdges = 600;

/** So few that those without an arrow stay among their namesakes. */
const FEW = 150;

interface Drawn extends Omit<GraphEdge, "points" | "ports"> {
  ports: Set<string>;
}

/**
 * Who reaches whom as boxes and arrows. What everybody reaches because no policy guards it is a mark of the box and no arrow, so that what
 * policies let through can be seen.
 */
export function graphOf(
  side: Side,
  changes: { opened: readonly Change[]; closed: readonly Change[] } | undefined,
  wish: GraphWish,
): Graph {
  const unfolded = new Set(wish.unfolded);
  const nodeOf = (place: number): string => {
    const endpoint = side.endpoints[place];
    if (endpoint === undefined) return "";
    const group = groupOf(endpoint);
    return group === OUTSIDE || unfolded.has(group) ? endpoint.id : `ns:${group}`;
  };
  const nodes = boxesOf(side, nodeOf);
  const edges = new Map<string, Drawn>();
  const add = (from: string, to: string, port: string, what: Partial<Drawn>) => {
    if (from === to || (wish.plain === true && what.plain !== true && what.change === undefined)) return;
    if (wish.focus !== undefined && from !== wish.focus && to !== wish.focus) return;
    const key = `${from}\0${to}\0${what.change ?? ""}`;
    const known = edges.get(key) ?? {
      from,
      to,
      count: 0,
      ports: new Set<string>(),
      plain: false,
      unknown: false,
      ...what,
    };
    known.count++;
    known.ports.add(port);
    known.plain ||= what.plain === true;
    edges.set(key, known);
  };
  const nodeAt = Array.from(side.endpoints, (_, place) => nodeOf(place));
  for (const place of side.endpoints.keys()) {
    for (const { kinds, kindOf, proto, port, standsFor } of side.target(place).ports) {
      for (let source = 0; source < kindOf.length; source++) {
        const kind = kinds[kindOf[source] ?? 0];
        if (kind === undefined || (kind.code !== Code.Allowed && kind.code !== Code.Unknown)) continue;
        if (kind.own) continue;
        const box = nodes.get(nodeAt[place] ?? "");
        if (kind.open) {
          if (box !== undefined) box.isOpen = true;
          continue;
        }
        add(nodeAt[source] ?? "", nodeAt[place] ?? "", `${proto} ${standsFor ?? port}`, {
          plain: kind.plain,
          unknown: kind.code === Code.Unknown,
        });
      }
    }
  }
  for (const change of ["opened", "closed"] as const) {
    for (const { from, to, proto, port, standsFor } of edgesOf(changes?.[change] ?? [])) {
      const [source, target] = [side.placeOf.get(from), side.placeOf.get(to)];
      if (source !== undefined && target !== undefined)
        add(nodeAt[source] ?? "", nodeAt[target] ?? "", `${proto} ${standsFor ?? port}`, { change });
    }
  }
  // What is all new needs no second arrow beside the one that says so.
  for (const [key, { from, to, count, change }] of edges) {
    if (change === undefined && (edges.get(`${from}\0${to}\0opened`)?.count ?? 0) >= count) edges.delete(key);
  }
  return layout(nodes, [...edges.values()], unfolded, wish.focus);
}

type Box = Omit<GraphNode, "x" | "y">;

function boxesOf(side: Side, nodeOf: (place: number) => string): Map<string, Box> {
  const nodes = new Map<string, Box>();
  for (const [place, endpoint] of side.endpoints.entries()) {
    const id = nodeOf(place);
    const known = nodes.get(id);
    if (known !== undefined) {
      known.size++;
      known.meshed ||= endpoint.mesh?.injected === true;
      continue;
    }
    const group = groupOf(endpoint);
    const kind = group === OUTSIDE ? "outside" : id.startsWith("ns:") ? "namespace" : "pod";
    const label =
      kind === "namespace" ? group : kind === "pod" ? endpoint.id.slice(endpoint.id.indexOf("/") + 1) : endpoint.id;
    nodes.set(id, {
      id,
      label,
      group,
      kind,
      size: 1,
      isOpen: false,
      meshed: endpoint.mesh?.injected === true,
      width: 0,
      height: 0,
    });
  }
  for (const node of nodes.values()) {
    node.width = Math.min(220, Math.max(84, node.label.length * 7.4 + (node.kind === "namespace" ? 64 : 46)));
    node.height = node.kind === "namespace" ? 46 : 34;
  }
  return nodes;
}

function layout(
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
  const graph = new dagre.graphlib.Graph({ compound: true, multigraph: true });
  graph.setGraph({
    rankdir: "LR",
    nodesep: unfolded.size > 0 ? 30 : 14,
    ranksep: 90,
    edgesep: 8,
    marginx: 20,
    marginy: 20,
    ranker: shown.length > 120 ? "longest-path" : "network-simplex",
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
  // Where two boxes call each other, one arrow decides the order, or dagre would have to break a circle for each.
  for (const [place, { from, to }] of edges.entries()) graph.setEdge(from, to, { weight: 1 }, String(place));
  dagre.layout(graph as never);
  const at = (id: string) => graph.node(id) as { x: number; y: number; width: number; height: number };
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const placed = shown.map((node): GraphNode => ({ ...node, x: at(node.id).x, y: at(node.id).y }));
  const below = rowsBelow(
    alone,
    Math.max(Number.isFinite(width) ? width : 0, 700),
    Number.isFinite(height) ? height : 0,
  );
  return {
    nodes: [...placed, ...below.nodes],
    edges: edges.map((edge, place) => ({
      ...edge,
      ports: [...edge.ports].sort().slice(0, 8),
      points: (graph.edge(edge.from, edge.to, String(place)) as { points: { x: number; y: number }[] }).points,
    })),
    frames: [...framed].map((group) => {
      const { x, y, width: across, height: down } = at(`frame:${group}`);
      // Room for the name.
      return { group, x, y: y - 10, width: across, height: down + 20 };
    }),
    width: Math.max(Number.isFinite(width) ? width : 0, below.width),
    height: below.height,
    left: all.length - edges.length,
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
