import type { DiffReport } from "../diff/diff-rows";
import type { ReachReport } from "../reach/reach-report";
import { diffGraph, reachGraph } from "./graph";
import { type EdgeKind, edgeLabel, type Graph, type GraphNode } from "./graph-model";
import { type Box, FONT_SIZE, type Layout, LINE_HEIGHT, layOut, NODE_PADDING, type Point, textWidth } from "./layout";
import { arrowHeads, drawings, styleSheet } from "./svg-style";

/** The picture of who can talk to whom as a self-contained SVG: no script, no external font, readable in light and dark. */
export async function reachSvg(report: ReachReport, listsFlows = false): Promise<string> {
  return draw(reachGraph(report, listsFlows), "Who can talk to whom");
}

/** The picture of what changed. */
export async function diffSvg(report: DiffReport): Promise<string> {
  return draw(diffGraph(report, true), "Who can talk to whom: what changed");
}

const MARGIN = 16;
const HEADER = 44;

async function draw(graph: Graph, heading: string): Promise<string> {
  const layout = await layOut(graph);
  const legend = legendItems(graph);
  const subtitle = [graph.title, ...graph.notes].join(" · ");
  const width = Math.max(layout.width, textWidth(subtitle, FONT_SIZE.label) + 48, 420) + 2 * MARGIN;
  const rows = flow(legend, width - 2 * MARGIN - 24);
  const height = HEADER + layout.height + rows.length * 24 + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escapeXml(heading)}</title>`,
    `<desc id="desc">${escapeXml(description(graph))}</desc>`,
    `<style>${styleSheet}</style>`,
    `<defs>${arrowHeads}</defs>`,
    `<rect class="page" width="100%" height="100%"/>`,
    text(MARGIN + 24, MARGIN + 16, heading, "heading"),
    text(MARGIN + 24, MARGIN + 34, subtitle, "note"),
    `<g transform="translate(${MARGIN} ${HEADER})">`,
    ...layout.groups.map(groupFrame),
    // Context first, so that changes are drawn on top.
    ...[...layout.edges].sort((a, b) => depth(a.edge.kind) - depth(b.edge.kind)).map(edgeLine),
    ...layout.nodes.map(nodeBox),
    ...layout.edges.map(edgeText),
    "</g>",
    ...rows.flatMap((row, index) =>
      row.map(({ item, x }) => item.draw(MARGIN + 24 + x, HEADER + layout.height + MARGIN + index * 24)),
    ),
    "</svg>",
    "",
  ].join("\n");
}

const depth = (kind: EdgeKind) => (kind === "context" || kind === "denied" ? 0 : 1);

function groupFrame({ name, box }: Layout["groups"][number]): string {
  return `<g><rect class="group" ${rect(box)} rx="10"/>${text(box.x + 14, box.y + 21, name, "group-name")}</g>`;
}

function nodeBox({ node, box }: Layout["nodes"][number]): string {
  const outside = node.group === undefined && node.isNamespace !== true;
  const classes = ["node", ...(outside ? ["outside"] : []), ...(node.change ? [node.change] : [])].join(" ");
  const middle = box.y + box.height / 2;
  return [
    `<g><title>${escapeXml(nodeTitle(node))}</title>`,
    `<rect class="${classes}" ${rect(box)} rx="${outside ? box.height / 2 : 6}"/>`,
    node.ingress === undefined ? "" : drawings[node.ingress](box.x + NODE_PADDING / 2 + 1, middle),
    node.meshed ? drawings.meshed(box.x + box.width - NODE_PADDING / 2 - 1, middle) : "",
    `<text class="node-name" x="${round(box.x + box.width / 2)}" y="${round(middle + 4.5)}">${escapeXml(node.label)}</text></g>`,
  ].join("");
}

function nodeTitle({ id, ingress, meshed, change }: GraphNode): string {
  const words = {
    open: "no policy guards it: everyone may connect",
    wide: "its policies admit everyone",
    fenced: "policies decide who may connect",
  };
  return [
    id,
    ...(change ? [change] : []),
    ...(ingress ? [words[ingress]] : []),
    ...(meshed ? ["meshed by Linkerd"] : []),
  ].join(" · ");
}

function edgeLine({ edge, points }: Layout["edges"][number]): string {
  if (points.length === 0) return "";
  return `<g><title>${escapeXml(`${edge.from} → ${edge.to}: ${edgeLabel(edge).join(", ")}`)}</title><path class="edge ${edge.kind}" d="${rounded(points)}" marker-end="url(#${edge.kind})"/></g>`;
}

function edgeText({ edge, label }: Layout["edges"][number]): string {
  if (label.lines.length === 0) return "";
  const { box } = label;
  const centre = round(box.x + box.width / 2);
  const lines = label.lines.map(
    (line, index) => `<tspan x="${centre}" y="${round(box.y + 13 + index * LINE_HEIGHT)}">${escapeXml(line)}</tspan>`,
  );
  return `<g><rect class="${label.inGroup ? "label-back in-group" : "label-back"}" ${rect(box)} rx="3"/><text class="label ${edge.kind}">${lines.join("")}</text></g>`;
}

/** A path with rounded corners. */
function rounded(points: readonly Point[], radius = 7): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M${round(first.x)} ${round(first.y)}`;
  let before = first;
  for (const [index, corner] of rest.entries()) {
    const after = rest[index + 1];
    if (after === undefined) path += `L${round(corner.x)} ${round(corner.y)}`;
    else {
      const start = towards(corner, before, radius);
      const end = towards(corner, after, radius);
      path += `L${round(start.x)} ${round(start.y)}Q${round(corner.x)} ${round(corner.y)} ${round(end.x)} ${round(end.y)}`;
    }
    before = corner;
  }
  return path;
}

/** The point at most `distance` (and at most half way) from one point towards another. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return from;
  const share = Math.min(distance, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

interface LegendItem {
  width: number;
  draw(x: number, y: number): string;
}

const edgeWords: [EdgeKind, string][] = [
  ["allowed", "allowed"],
  ["opened", "opened"],
  ["closed", "closed"],
  ["unclear", "unclear: may open or close"],
  ["changed", "changed"],
  ["denied", "denied"],
  ["unknown", "not enough is known"],
  ["context", "allowed before and after"],
];

/** The legend: only what the picture contains. */
function legendItems({ edges, nodes }: Graph): LegendItem[] {
  const kinds = new Set(edges.map(({ kind }) => kind));
  const items = edgeWords
    .filter(([kind]) => kinds.has(kind))
    .map(([kind, word]) =>
      legendItem(
        word,
        44,
        (x, y) => `<path class="edge ${kind}" d="M${x} ${y}H${x + 36}" marker-end="url(#${kind})"/>`,
      ),
    );
  const symbol = (word: string, drawing: (x: number, y: number) => string) =>
    legendItem(word, 20, (x, y) => drawing(x + 7, y));
  if (nodes.some(({ ingress }) => ingress === "fenced"))
    items.push(symbol("policies decide who connects", drawings.fenced));
  if (nodes.some(({ ingress }) => ingress === "open"))
    items.push(symbol("no policy: everyone may connect", drawings.open));
  if (nodes.some(({ ingress }) => ingress === "wide")) items.push(symbol("policies admit everyone", drawings.wide));
  if (nodes.some(({ meshed }) => meshed)) items.push(symbol("meshed", drawings.meshed));
  return items;
}

function legendItem(word: string, room: number, drawing: (x: number, y: number) => string): LegendItem {
  return {
    width: room + textWidth(word, FONT_SIZE.label) + 22,
    draw: (x, y) => `<g>${drawing(round(x), round(y))}${text(x + room, y + 4, word, "note")}</g>`,
  };
}

function flow(items: readonly LegendItem[], width: number): { item: LegendItem; x: number }[][] {
  const rows: { item: LegendItem; x: number }[][] = [];
  let x = Number.POSITIVE_INFINITY;
  for (const item of items) {
    if (x + item.width > width) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)?.push({ item, x });
    x += item.width;
  }
  return rows;
}

/** The text alternative of the picture. */
function description({ title, notes, edges }: Graph): string {
  const most = 200;
  const sentences = edges
    .filter(({ kind }) => kind !== "context")
    .map((edge) => `${edge.from} to ${edge.to}: ${edge.kind}, ${edgeLabel(edge).join(" ")}.`);
  const more = sentences.length > most ? [`And ${sentences.length - most} more.`] : [];
  return [`${title}.`, ...notes.map((note) => `${note}.`), ...sentences.slice(0, most), ...more].join(" ");
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escapeXml(content)}</text>`;
}

const rect = ({ x, y, width, height }: Box): string =>
  `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
const round = (value: number): number => Math.round(value * 10) / 10;
const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
// Characters that XML forbids even when escaped would make the whole file unreadable.
const escapeXml = (value: string): string =>
  value.replace(/[&<>"]/g, (character) => entities[character] ?? "").replace(/[^\P{C}\n\t]/gu, "\ufffd");
