import { plural, someOf } from "../../reachability/words";
import { isNoEdge, passedOverWords } from "../hubble/passed-over";
import type { Traffic } from "../traffic";
import { silentHours, windowWords } from "../window";
import type { PartyEndpoints } from "./party-endpoints";

const DAY = 86_400_000;

/** What the recordings cannot have seen, one sentence each. */
export function blindSpots(
  traffic: Traffic,
  workloads: readonly { id: string; kind: string }[],
  places: PartyEndpoints,
): string[] {
  const { first, last, lost, edges, proxies } = traffic;
  const spots: string[] = [];
  const length = first === undefined || last === undefined ? undefined : Date.parse(last) - Date.parse(first);
  const seen = new Set(
    edges.flatMap(({ from, to }) => [...places.endpointsOf(from), ...places.endpointsOf(to)].map(({ id }) => id)),
  );
  const unseen = workloads.filter(({ id }) => !seen.has(id));
  const jobs = unseen.filter(({ kind }) => kind === "CronJob" || kind === "Job").map(({ id }) => id);
  const others = unseen.filter(({ kind }) => kind !== "CronJob" && kind !== "Job").map(({ id }) => id);
  if (length === undefined) spots.push("When this happened is not known: proxies have counted it since they started.");
  else if (length < 31 * DAY)
    spots.push(
      `The recording covers ${windowWords(first, last)}: what happens less often, such as at the end of a month, is not in it.`,
    );
  const silent = silentHours(traffic);
  if (silent > 0) spots.push(`In ${plural(silent, "hour")} of it nothing was recorded.`);
  if (jobs.length > 0) spots.push(`No run of ${someOf(jobs, 6)} is in it.`);
  if (others.length > 0)
    spots.push(`Nothing was seen of ${someOf(others, 6)}: they were not there, or nobody talked to them.`);
  for (const { source, events } of lost)
    spots.push(`${events.toLocaleString("en-US")} events were lost (${source}): a rare edge may be among them.`);
  const hidden = edges.filter(({ port }) => port === undefined).length;
  if (hidden > 0)
    spots.push(
      `For ${plural(hidden, "edge")} only Linkerd's port 4143 was seen${proxies ? "" : ": pass the proxies' metrics, or a Prometheus response, to learn their ports"}.`,
    );
  if (proxies && traffic.flows === 0)
    spots.push(
      "It comes from proxies only: clients without a proxy have no name in it, and traffic to pods without one is missing. Hubble's flows have both.",
    );
  for (const lines of traffic.passedOver)
    if (!isNoEdge(lines)) spots.push(`Skipped: ${plural(lines.count, "line")}: ${passedOverWords(lines)}.`);
  return spots;
}
