import { plural } from "../../reachability/words";
import type { DiffReport } from "../diff/diff-rows";
import type { ReachReport } from "../reach/reach-report";
import { diffGraph, reachGraph } from "./graph";
import { type EdgeKind, edgeLabel, type Graph, groupId } from "./graph-model";

/** GitHub's Mermaid refuses more than 500 edges; a picture is unreadable long before that. */
const MOST_EDGES = 120;

/** The picture of allowed edges in Mermaid, which GitHub and GitLab draw. */
export function reachMermaid(report: ReachReport, listsFlows = false): string {
  return mermaid(reachGraph(report, listsFlows));
}

/** The picture of changed edges only. */
export function diffMermaid(report: DiffReport): string {
  return mermaid(diffGraph(report, false));
}

const arrows: Record<EdgeKind, string> = {
  allowed: "-->",
  context: "-->",
  denied: "-.-x",
  unknown: "-.->",
  opened: "==>",
  closed: "-.-x",
  unclear: "-.->",
  changed: "-.->",
};

// Okabe and Ito's colours; the arrows differ in line and head as well.
const strokes: Partial<Record<EdgeKind, string>> = {
  opened: "stroke:#d55e00,stroke-width:3px",
  closed: "stroke:#0072b2",
  unclear: "stroke:#6b6b6b",
  changed: "stroke:#cc79a7",
  denied: "stroke:#d55e00",
};

function mermaid({ nodes, groups, edges, notes }: Graph): string {
  const names = new Map([...nodes.map(({ id }) => id), ...groups.map(groupId)].map((id, index) => [id, `n${index}`]));
  const name = (id: string) => names.get(id) ?? "n";
  const lines = ["flowchart LR"];
  const nodeLine = (id: string, label: string, inside: boolean, indent: string) =>
    `${indent}${name(id)}${inside ? "[" : "(["}${quoted(label)}${inside ? "]" : "])"}`;
  for (const group of groups) {
    lines.push(`  subgraph ${name(groupId(group))}[${quoted(group)}]`);
    for (const node of nodes) if (node.group === group) lines.push(nodeLine(node.id, node.label, true, "    "));
    lines.push("  end");
  }
  for (const node of nodes)
    if (node.group === undefined) lines.push(nodeLine(node.id, node.label, node.isNamespace === true, "  "));
  const shown = edges.slice(0, MOST_EDGES);
  for (const edge of shown) {
    // Mermaid takes a label that begins with a sign and a space for a Markdown list, and fails.
    const label = edgeLabel(edge)
      .join(" · ")
      .replace(/^[+−~✗?] /, "");
    lines.push(`  ${name(edge.from)} ${arrows[edge.kind]}|${quoted(label)}| ${name(edge.to)}`);
  }
  for (const [kind, stroke] of Object.entries(strokes)) {
    const places = shown.flatMap((edge, index) => (edge.kind === kind ? [index] : []));
    if (places.length > 0) lines.push(`  linkStyle ${places.join(",")} ${stroke}`);
  }
  if (edges.length > shown.length)
    lines.push(`  more[${quoted(`${plural(edges.length - shown.length, "more edge")} not drawn`)}]`);
  for (const note of notes) lines.push(`  %% ${entities(note)}`);
  return `${lines.join("\n")}\n`;
}

const quoted = (text: string) => `"${entities(text)}"`;

/**
 * Escapes text for Mermaid, which only supports HTML entities. It also finds `%%{directives}%%` in quotes and comments, takes a label that begins with a
 * backtick for Markdown, and `\n` for a line break.
 */
function entities(text: string): string {
  return text.replace(/[#&"<>%{}`\\\r\n]/g, (character) => `#${character.charCodeAt(0)};`);
}
