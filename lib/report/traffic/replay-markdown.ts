import { printable } from "../../common/printable";
import { plural } from "../../reachability/words";
import { type Replay, type ReplayedEdge, wouldDeny } from "../../traffic/replay/report";
import { code, details, escapeMarkdown, table } from "../markdown";
import { portOf, replayHeadline, trafficOf } from "./replay-text";

/** Rows per table, since a comment has at most 65,536 characters. */
const most = 60;

/** The replayed traffic, for a comment or a page. */
export function replayMarkdown(report: Replay): string {
  return `${replayMarkdownLines(report).join("\n")}\n`;
}

export function replayMarkdownLines(report: Replay): string[] {
  const now = wouldDeny(report);
  const still = report.denied.filter((edge) => !now.includes(edge));
  const lines = [`### ${replayHeadline(report)}`, "", ...rows(now)];
  const folded = (title: string, edges: readonly ReplayedEdge[]) => {
    if (edges.length > 0) lines.push(...details(`${title}: ${edges.length.toLocaleString("en-US")}`, rows(edges)), "");
  };
  folded("Not decided", report.unknown);
  folded("Denied then and now", still);
  folded("Allowed but not used", report.unused);
  lines.push(...report.blind.map((one) => `> ${escapeMarkdown(printable(one))}`));
  return lines;
}

function rows(edges: readonly ReplayedEdge[]): string[] {
  if (edges.length === 0) return [];
  const shown = edges
    .slice(0, most)
    .map((edge) => [
      name(edge.from),
      name(edge.to),
      escapeMarkdown(portOf(edge)),
      escapeMarkdown(trafficOf(edge)),
      escapeMarkdown(edge.by.map(printable).join(", ")),
    ]);
  const more = edges.length > most ? [`${plural(edges.length - most, "row")} more not listed.`, ""] : [];
  return [...table(["from", "to", "port", "seen", "decided by"], shown), "", ...more];
}

const name = (text: string) => code(printable(text));
