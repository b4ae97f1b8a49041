const units: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** How long traffic was watched, in the unit of which there are at least two: `7 days`, `150 seconds`. Nothing where no time is known. */
export function windowWords(first: string | undefined, last: string | undefined): string | undefined {
  if (first === undefined || last === undefined) return undefined;
  const seconds = Math.max(1, Math.round((Date.parse(last) - Date.parse(first)) / 1000));
  const [size, name] = units.find(([size]) => seconds >= 2 * size) ?? [1, "second"];
  const count = Math.round(seconds / size);
  return `${count.toLocaleString("en-US")} ${name}${count === 1 ? "" : "s"}`;
}
