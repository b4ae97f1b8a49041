import { passedOverWords } from "../../traffic/hubble/passed-over";
import { type Replay, wouldDeny } from "../../traffic/replay/report";
import { jsonText } from "../json";
import { replayHeadline } from "./replay-text";

/** One document, members in a stable order. */
export function replayJson(report: Replay): string {
  return `${jsonText(replayDocument(report))}\n`;
}

/** The members of that document. */
export function replayDocument(report: Replay): object {
  const {
    first,
    last,
    flows,
    edges,
    denied,
    unknown,
    unused,
    blind,
    lost,
    passedOver,
    addedByTraffic,
    unseen = [],
  } = report;
  return {
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
    passedOver: passedOver.map((lines) => ({ why: passedOverWords(lines), count: lines.count })),
    unseen,
    addedByTraffic,
  };
}
