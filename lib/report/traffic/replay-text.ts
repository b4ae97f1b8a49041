import { printable } from "../../common/printable";
import { unseenCount } from "../../common/unseen";
import { plural, portWords } from "../../reachability/words";
import { type Replay, type ReplayedEdge, wouldDeny } from "../../traffic/replay/report";
import { windowWords } from "../../traffic/window";
import { plainStyle, type Style, wrap } from "../style";
import { blindSpotLines } from "./blind-spots";

/** The maximum number of rows of a list; JSON has all of them. */
const most = 25;

/** The replayed traffic, for a terminal. */
export function replayText(report: Replay, style: Style = plainStyle): string {
  const lines = [style.strong(replayHeadline(report)), style.faint(`  ${setting(report)}`)];
  const now = wouldDeny(report);
  const still = report.denied.filter((edge) => !now.includes(edge));
  const list = (title: string, edges: readonly ReplayedEdge[], show: (edge: ReplayedEdge) => string[]) => {
    if (edges.length === 0) return;
    lines.push("", style.strong(title), ...edges.slice(0, most).flatMap(show));
    if (edges.length > most)
      lines.push(`  … and ${plural(edges.length - most, "more", "more")}; --format json has all`);
  };
  list("Would have been denied", now, (edge) => row(edge, style.bad("✗")));
  list("Not decided", report.unknown, (edge) => row(edge, style.warn("?")));
  list("Denied then and now", still, (edge) => row(edge, style.faint("✗")));
  const window = windowWords(report.first, report.last);
  list(`Allowed but not used${window === undefined ? "" : ` in ${window}`}`, report.unused, (edge) =>
    row(edge, style.faint("·")),
  );
  lines.push(...blindSpotLines(report.blind, style));
  return `${lines.join("\n")}\n`;
}

/** `This change would have denied 12 of 1,340 edges seen in 7 days` */
export function replayHeadline(report: Replay): string {
  const count = wouldDeny(report).length;
  const window = windowWords(report.first, report.last);
  const seen = `${plural(report.edges, "edge")} seen${window === undefined ? "" : ` in ${window}`}`;
  const missing = unseenCount(report.unseen ?? []);
  const rest = missing === undefined ? "" : ` · ${missing}`;
  return `This change would have denied ${count === 0 ? "none" : count.toLocaleString("en-US")} of ${seen}${rest}`;
}

function setting({ flows, denied, unknown, unused, addedByTraffic, passedOver }: Replay): string {
  const still = denied.filter(({ was }) => was === "denied").length;
  return [
    plural(flows, "flow"),
    ...(still > 0 ? [`${still.toLocaleString("en-US")} denied then, too`] : []),
    ...(unknown.length > 0 ? [`${unknown.length.toLocaleString("en-US")} not decided`] : []),
    ...(unused.length > 0 ? [`${unused.length.toLocaleString("en-US")} allowed and not used`] : []),
    ...(addedByTraffic.length > 0 ? [`${plural(addedByTraffic.length, "workload")} known only from the traffic`] : []),
    ...passedOver
      .filter(({ reason }) => reason === "repeated")
      .map(({ count }) => `${count.toLocaleString("en-US")} that are in two files are counted once`),
  ].join(" · ");
}

function row(edge: ReplayedEdge, glyph: string): string[] {
  const head = `${printable(edge.from)} → ${printable(edge.to)} ${portOf(edge)}`;
  const traffic = trafficOf(edge);
  const why = edge.by.map(printable).join(", ");
  const fits = head.length + traffic.length < 74;
  return [
    `  ${glyph} ${head}${fits && traffic !== "" ? `  ${traffic}` : ""}`,
    ...(fits || traffic === "" ? [] : [`      ${traffic}`]),
    `      ${wrap(`${edge.layer === "linkerd" ? "Linkerd: " : ""}${why}`, { indent: 6 })}`,
  ];
}

/** `TCP 9898 on 4143` */
export function portOf({ port, protocol, wire }: ReplayedEdge): string {
  const requested = typeof port === "number" ? portWords({ proto: protocol, port }) : `${protocol} ?`;
  return wire === undefined ? requested : `${requested} on ${wire}`;
}

const moment = (time: string) => time.slice(0, 19).replace("T", " ");

/** `172 flows, last 2026-11-26 03:55:37` */
export function trafficOf({ flows, requests, last, deniedSince }: ReplayedEdge): string {
  const parts = [
    ...(flows > 0 ? [plural(flows, "flow")] : []),
    ...(requests !== undefined && requests > 0 ? [plural(requests, "request")] : []),
    ...(last !== undefined ? [`last ${moment(last)}`] : []),
    ...(deniedSince !== undefined ? [`denied since ${moment(deniedSince)}`] : []),
  ];
  return parts.join(", ");
}
