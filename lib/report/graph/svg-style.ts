import type { EdgeKind, GraphNode } from "./graph-model";

/**
 * Okabe and Ito's palette, whose colours remain distinct with any common colour blindness, with lighter variants for dark pages. Each
 * kind of edge also has its own line and arrowhead.
 */
const light = {
  page: "#ffffff",
  ink: "#1b1f24",
  faint: "#59636e",
  group: "#f5f7f9",
  groupLine: "#c7ced6",
  node: "#ffffff",
  nodeLine: "#6b7783",
  allowed: "#0072b2",
  opened: "#c04a00",
  closed: "#0072b2",
  unclear: "#6b6b6b",
  changed: "#a8437f",
  denied: "#c04a00",
  unknown: "#6b6b6b",
  context: "#a5afb9",
  added: "#e3f3ec",
  removed: "#ececec",
};
const dark: typeof light = {
  page: "#0d1117",
  ink: "#e6edf3",
  faint: "#9aa5b1",
  group: "#161b22",
  groupLine: "#3a434d",
  node: "#21262d",
  nodeLine: "#8b949e",
  allowed: "#56b4e9",
  opened: "#f0883e",
  closed: "#56b4e9",
  unclear: "#a8a8a8",
  changed: "#e29bc6",
  denied: "#f0883e",
  unknown: "#a8a8a8",
  context: "#57616b",
  added: "#12352a",
  removed: "#2b2b2b",
};

const edgeKinds: readonly EdgeKind[] = [
  "allowed",
  "denied",
  "unknown",
  "opened",
  "closed",
  "unclear",
  "changed",
  "context",
];
const lines: Record<EdgeKind, string> = {
  allowed: "stroke-width:1.6",
  context: "stroke-width:1.2",
  denied: "stroke-width:1.3;stroke-dasharray:5 4",
  unknown: "stroke-width:1.5;stroke-dasharray:1.5 4;stroke-linecap:round",
  opened: "stroke-width:3.2",
  closed: "stroke-width:1.8;stroke-dasharray:7 5",
  unclear: "stroke-width:1.8;stroke-dasharray:1.5 4;stroke-linecap:round",
  changed: "stroke-width:2;stroke-dasharray:11 4 2 4",
};

const variables = (colours: typeof light) =>
  Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");

export const styleSheet = [
  `svg{${variables(light)}}`,
  `@media (prefers-color-scheme:dark){svg{${variables(dark)}}}`,
  "text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;fill:var(--ink)}",
  ".heading{font-size:15px;font-weight:700}",
  ".note{font-size:11px;fill:var(--faint)}",
  ".page{fill:var(--page)}",
  ".group{fill:var(--group);stroke:var(--groupLine)}",
  ".group-name{font-size:12px;font-weight:700;fill:var(--faint)}",
  ".node{fill:var(--node);stroke:var(--nodeLine);stroke-width:1.2}",
  ".outside{fill:var(--page);stroke-dasharray:2 2}",
  ".added{fill:var(--added);stroke-width:2.4}",
  ".removed{fill:var(--removed);stroke-dasharray:6 4}",
  ".node-name{font-size:13px;text-anchor:middle}",
  ".label{font-size:11px;text-anchor:middle}",
  ".label-back{fill:var(--page)}",
  ".in-group{fill:var(--group)}",
  ".edge{fill:none}",
  ...edgeKinds.flatMap((kind) => [
    `.edge.${kind}{stroke:var(--${kind});${lines[kind]}}`,
    `.label.${kind}{fill:var(--${kind})}`,
    `.head-${kind}{stroke:var(--${kind})}`,
  ]),
  ".solid-allowed{fill:var(--allowed)}.solid-context{fill:var(--context)}.solid-opened{fill:var(--opened)}.solid-changed{fill:var(--changed)}",
  ".hollow{fill:none;stroke-width:1.6}",
  ".mark{fill:none;stroke:var(--faint);stroke-width:1.4}",
  ".mark-full{fill:var(--faint)}",
  ".mark-open{fill:none;stroke:var(--opened);stroke-width:1.5}",
  ".mark-mesh{fill:none;stroke:var(--allowed);stroke-width:1.4}",
].join("\n");

const marker = (kind: EdgeKind, size: number, shape: string) =>
  `<marker id="${kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="${size}" markerHeight="${size}" markerUnits="userSpaceOnUse" orient="auto">${shape}</marker>`;
const solid = (kind: EdgeKind) => `<path class="solid-${kind}" d="M0 0.5L10 5L0 9.5z"/>`;
const cross = (kind: EdgeKind) => `<path class="hollow head-${kind}" d="M1 1L9 9M1 9L9 1"/>`;
const open = (kind: EdgeKind) => `<path class="hollow head-${kind}" d="M1 1L9 5L1 9"/>`;

export const arrowHeads = [
  marker("allowed", 9, solid("allowed")),
  marker("context", 8, solid("context")),
  marker("opened", 14, solid("opened")),
  marker("closed", 11, cross("closed")),
  marker("changed", 10, solid("changed")),
  marker("denied", 10, cross("denied")),
  marker("unknown", 9, open("unknown")),
  marker("unclear", 9, open("unclear")),
].join("");

type Drawing = (x: number, y: number) => string;

/** A closed padlock; an open one, hollow without policies and filled if policies admit everyone; and a hexagon for the mesh. */
export const drawings: Record<NonNullable<GraphNode["ingress"]> | "meshed", Drawing> = {
  fenced: (x, y) =>
    `<g transform="translate(${x} ${y})"><path class="mark" d="M-3 -1V-3.5a3 3 0 0 1 6 0V-1"/><rect class="mark-full" x="-4.5" y="-1" width="9" height="6.5" rx="1.2"/></g>`,
  open: (x, y) =>
    `<g transform="translate(${x} ${y})"><path class="mark-open" d="M-3 -1V-4a3 3 0 0 1 5.6 -1.4"/><rect class="mark-open" x="-4.5" y="-1" width="9" height="6.5" rx="1.2"/></g>`,
  wide: (x, y) =>
    `<g transform="translate(${x} ${y})"><path class="mark" d="M-3 -1V-4a3 3 0 0 1 5.6 -1.4"/><rect class="mark-full" x="-4.5" y="-1" width="9" height="6.5" rx="1.2"/></g>`,
  meshed: (x, y) =>
    `<path class="mark-mesh" transform="translate(${x} ${y})" d="M0 -5.5L4.8 -2.75V2.75L0 5.5L-4.8 2.75V-2.75z"/>`,
};
