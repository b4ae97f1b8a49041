import type { PageTraffic, SeenEdge, SeenGroup, SeenMark } from "../../page/data";
import { type Replay, type ReplayedEdge, wouldDeny } from "../../traffic/replay/report";
import { replayHeadline, trafficOf } from "../traffic/replay-text";

/** Recorded traffic for the page: first what would have been denied, then what is allowed and unused, then what is allowed and used. */
export function seenOf(report: Replay): PageTraffic {
  const now = wouldDeny(report);
  const group = (title: string, mark: SeenMark, edges: readonly ReplayedEdge[]): SeenGroup[] =>
    edges.length === 0 ? [] : [{ title, mark, state: stateOf[mark], edges: edges.map(seenEdge) }];
  return {
    headline: replayHeadline(report),
    groups: [
      ...group("Used, but would have been denied", "wanted", now),
      ...group("Used, not decided", "undecided", report.unknown),
      ...group(
        "Denied then and now",
        "wanted",
        report.denied.filter((edge) => !now.includes(edge)),
      ),
      ...group("Allowed but never used", "unused", report.unused),
      ...group("Allowed and used", "used", report.allowed),
    ],
    blind: report.blind,
  };
}

const stateOf = {
  used: "allowed",
  unused: "allowed",
  wanted: "denied",
  undecided: "unknown",
} as const satisfies Record<SeenMark, SeenGroup["state"]>;

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
