import { type Replay, wouldDeny } from "../../traffic/replay/report";
import { replayHeadline } from "./replay-text";

/** One document, members in a stable order. */
export function replayJson(report: Replay): string {
  const { first, last, flows, edges, denied, unknown, unused, blind, lost, passedOver, addedByTraffic } = report;
  const document = {
    summary: replayHeadline(report),
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
    flows,
    edges,
    wouldDeny: wouldDeny(report).length,
    denied,
    unknown,
    unused,
    blind,
    lost,
    passedOver,
    addedByTraffic,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
