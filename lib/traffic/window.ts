import type { Traffic } from "./traffic";

const units: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

const HOUR = 3_600_000;

/**
 * How many days were observed: the time between the first event and the last, but no more than the days on which something was recorded.
 *
 * @returns undefined if the recording has no times
 */
export function watchedDays({ first, last, flows, hours }: Traffic): number | undefined {
  if (first === undefined || last === undefined) return undefined;
  const span = (Date.parse(last) - Date.parse(first)) / (24 * HOUR);
  return flows === 0 ? span : Math.min(span, new Set([...hours].map((hour) => hour.slice(0, 10))).size);
}

/** Hours within the recording that have no event. A live cluster is never silent for an hour, because the kubelet probes. */
export function silentHours({ first, last, flows, hours }: Traffic): number {
  if (first === undefined || last === undefined || flows === 0) return 0;
  return Math.max(0, Math.floor(Date.parse(last) / HOUR) - Math.floor(Date.parse(first) / HOUR) + 1 - hours.size);
}

/**
 * The length of the recording in the largest unit that gives at least two, rounded down: `7 days`, `2.5 minutes`.
 *
 * @returns undefined if the recording has no times
 */
export function windowWords(first: string | undefined, last: string | undefined): string | undefined {
  if (first === undefined || last === undefined) return undefined;
  const seconds = Math.max(1, Math.round((Date.parse(last) - Date.parse(first)) / 1000));
  const [size, name] = units.find(([size]) => seconds >= 2 * size) ?? [1, "second"];
  const exact = seconds / size;
  const count = exact < 10 ? Math.floor(exact * 10) / 10 : Math.floor(exact);
  return `${count.toLocaleString("en-US")} ${name}${count === 1 ? "" : "s"}`;
}
