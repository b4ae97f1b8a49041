import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api";
import { edgeLabel, type Graph, type GraphEdge, type GraphNode, groupId } from "./graph-model";

export interface Point {
  x: number;
  y: number;
}

export interface Box extends Point {
  width: number;
  height: number;
}

/** The position of everything, in absolute coordinates in pixels. */
export interface Layout {
  width: number;
  height: number;
  nodes: { node: GraphNode; box: Box }[];
  groups: { name: string; box: Box }[];
  edges: { edge: GraphEdge; points: Point[]; label: { lines: string[]; box: Box; inGroup: boolean } }[];
}

/** Font sizes in pixels. In monospaced fonts, a character is about 0.6 of the size wide. */
export const FONT_SIZE = { node: 13, group: 12, label: 11 } as const;
export const textWidth = (text: string, size: number): number => [...text].length * size * 0.61;
export const LINE_HEIGHT = 14;
/** Room left and right of a node's name, for its marks. */
export const NODE_PADDING = 26;
const NODE_HEIGHT = 34;

const options = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.randomSeed": "1",
  "elk.layered.crossingMinimization.strategy": "LAYER_SWEEP",
  "elk.layered.thoroughness": "20",
  "elk.layered.spacing.nodeNodeBetweenLayers": "32",
  "elk.layered.spacing.edgeNodeBetweenLayers": "18",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
  "elk.spacing.nodeNode": "18",
  "elk.spacing.edgeNode": "16",
  "elk.spacing.edgeEdge": "12",
  "elk.spacing.edgeLabel": "3",
  "elk.spacing.componentComponent": "28",
  "elk.padding": "[top=24,left=24,bottom=24,right=24]",
};

/** Network simplex places nodes best but takes 20 seconds for 160 edges between few nodes; Brandes–Köpf takes one. */
const placement = (edges: number) => (edges <= 60 ? "NETWORK_SIMPLEX" : "BRANDES_KOEPF");

/** Lays a graph out with the Eclipse Layout Kernel, whose layered algorithm places namespaces, edges and labels without overlap. */
export async function layOut(graph: Graph): Promise<Layout> {
  // Loaded on demand, since it has 1.5 MB.
  const { default: elkjs } = await import("elkjs/lib/elk.bundled.js");
  const elk = new elkjs.default();
  const result = await elk.layout(toElk(graph));
  return fromElk(graph, result);
}

function toElk(graph: Graph): ElkNode {
  const degree = (id: string, end: "from" | "to") => graph.edges.filter((edge) => edge[end] === id).length;
  // Boxes of one namespace have the same width, so that they look like a group.
  const widest = new Map<string | undefined, number>();
  for (const { group, label } of graph.nodes) {
    widest.set(group, Math.max(widest.get(group) ?? 0, textWidth(label, FONT_SIZE.node)));
  }
  const child = ({ id, group, label }: GraphNode): ElkNode => ({
    id,
    width:
      Math.ceil(group === undefined ? textWidth(label, FONT_SIZE.node) : (widest.get(group) ?? 0)) + 2 * NODE_PADDING,
    // Room for every arrowhead on its side.
    height: Math.max(NODE_HEIGHT, 12 * Math.max(degree(id, "from"), degree(id, "to")) + 8),
  });
  return {
    id: "",
    layoutOptions: { ...options, "elk.layered.nodePlacement.strategy": placement(graph.edges.length) },
    children: [
      ...graph.groups.map((name) => ({
        id: groupId(name),
        layoutOptions: {
          "elk.padding": "[top=34,left=16,bottom=16,right=16]",
          "elk.nodeSize.constraints": "MINIMUM_SIZE",
          "elk.nodeSize.minimum": `(${Math.ceil(textWidth(name, FONT_SIZE.group)) + 32}, 60)`,
        },
        children: graph.nodes.filter(({ group }) => group === name).map(child),
      })),
      ...graph.nodes.filter(({ group }) => group === undefined).map(child),
    ],
    edges: graph.edges.map((edge, index): ElkExtendedEdge => {
      const lines = edge.kind === "context" ? [] : edgeLabel(edge);
      return {
        id: `e${index}`,
        sources: [edge.from],
        targets: [edge.to],
        labels: [
          {
            id: `l${index}`,
            text: lines.join("\n"),
            width:
              lines.length === 0
                ? 0
                : Math.ceil(Math.max(...lines.map((line) => textWidth(line, FONT_SIZE.label)))) + 8,
            height: lines.length * LINE_HEIGHT + (lines.length === 0 ? 0 : 4),
            layoutOptions: { "elk.edgeLabels.placement": "CENTER", "elk.edgeLabels.inline": "true" },
          },
        ],
      };
    }),
  };
}

function fromElk(graph: Graph, root: ElkNode): Layout {
  const boxes = new Map<string, Box>();
  const place = (node: ElkNode, offset: Point) => {
    const box = {
      x: offset.x + (node.x ?? 0),
      y: offset.y + (node.y ?? 0),
      width: node.width ?? 0,
      height: node.height ?? 0,
    };
    boxes.set(node.id, box);
    for (const inner of node.children ?? []) place(inner, box);
  };
  place(root, { x: 0, y: 0 });
  const boxOf = (id: string): Box => boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
  const frames = graph.groups.map((name) => boxOf(groupId(name)));
  const edges = new Map((root.edges ?? []).map((edge) => [edge.id, edge as ElkExtendedEdge & { container?: string }]));
  return {
    width: Math.ceil(root.width ?? 0),
    height: Math.ceil(root.height ?? 0),
    nodes: graph.nodes.map((node) => ({ node, box: boxOf(node.id) })),
    groups: graph.groups.map((name) => ({ name, box: boxOf(groupId(name)) })),
    edges: graph.edges.map((edge, index) => {
      const laid = edges.get(`e${index}`);
      // Coordinates of an edge are relative to the innermost node that contains both of its ends.
      const offset = boxOf(laid?.container ?? "");
      const shift = ({ x, y }: Point): Point => ({ x: x + offset.x, y: y + offset.y });
      const section = laid?.sections?.[0];
      const points = section === undefined ? [] : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
      const label = laid?.labels?.[0];
      const corner = shift({ x: label?.x ?? 0, y: label?.y ?? 0 });
      const box = { ...corner, width: label?.width ?? 0, height: label?.height ?? 0 };
      return {
        edge,
        points: points.map(shift),
        label: {
          lines: edge.kind === "context" ? [] : edgeLabel(edge),
          box,
          inGroup: frames.some((frame) => overlaps(frame, box)),
        },
      };
    }),
  };
}

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
