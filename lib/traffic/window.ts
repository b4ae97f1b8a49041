import type { Traffic } from "./traffic";

const units: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

const HOUR = 3_600_000;

/**
 * Days that were watched: not more than lie between the first moment and the last, nor than those on which something was recorded. Nothing where
 * no time is known.
 */
export function watchedDays({ first, last, flows, hours }: Traffic): number | undefined {
  if (first === undefined || last === undefined) return undefined;
  const span = (Date.parse(last) - Date.parse(first)) / (24 * HOUR);
  return flows === 0 ? span : Math.min(span, new Set([...hours].map((hour) => hour.slice(0, 10))).size);
}

/** Hours between the first moment and the last in which nothing was recorded. A cluster is never silent for an hour, as the kubelet probes. */
export function silentHours({ first, last, flows, hours }: Traffic): number {
  if (first === undefined || last === undefined || flows === 0) return 0;
  return Math.max(0, Math.floor(Date.parse(last) / HOUR) - Math.floor(Date.parse(first) / HOUR) + 1 - hours.size);
}

/** How long traffic was watched, in the largest unit of which there are two, and no more than it was: `7 days`, `2.5 minutes`. Nothing where no time is known. */
export function windowWords(first: string | undefined, last: string | undefined): string | undefined {
  if (first === undefined || last === undefined) return undefined;
  const seconds = Math.max(1, Math.round((Date.parse(last) - Date.parse(first)) / 1000));
  const [size, name] = units.find(([size]) => seconds >= 2 * size) ?? [1, "second"];
  const exact = seconds / size;
  const count = exact < 10 ? Math.floor(exact * 10) / 10 : Math.floor(exact);
  return `${count.toLocaleString("en-US")} ${name}${count === 1 ? "" : "s"}`;
}
