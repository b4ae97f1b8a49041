import type { PageTraffic, SeenEdge, SeenGroup } from "../../page/data";
import { type Replay, type ReplayedEdge, wouldDeny } from "../../traffic/replay/report";
import { replayHeadline, trafficOf } from "../traffic/replay-text";

/** Recorded traffic as a page shows it: what would have been denied first, and last what is allowed and nobody used. */
export function seenOf(report: Replay): PageTraffic {
  const now = wouldDeny(report);
  const group = (title: string, state: SeenGroup["state"], edges: readonly ReplayedEdge[]): SeenGroup[] =>
    edges.length === 0 ? [] : [{ title, state, edges: edges.map(seenEdge) }];
  return {
    headline: replayHeadline(report),
    groups: [
      ...group("Used, and would have been denied", "denied", now),
      ...group("Used, and not decided", "unknown", report.unknown),
      ...group(
        "Denied then, and still",
        "denied",
        report.denied.filter((edge) => !now.includes(edge)),
      ),
      ...group("Allowed, and never used", "allowed", report.unused),
    ],
    blind: report.blind,
  };
}

function seenEdge(edge: ReplayedEdge): SeenEdge {
  const { from, to, protocol, port, by, was, layer } = edge;
  const traffic = trafficOf(edge);
  const words = [
    ...(traffic === "" ? [] : [traffic]),
    ...(was === "passed" ? [] : [`${was} then`]),
    ...(by.length > 0 ? [`${layer === "linkerd" ? "Linkerd: " : ""}${by.join(", ")}`] : []),
  ];
  return { from, to, proto: protocol, ...(port !== "unknown" && { port }), words: words.join(" · ") };
}
