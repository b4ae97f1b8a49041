import { clipped } from "./printable";

/** Of what a program printed, its last lines, each of a length that can be read: errors come last. What was left out is counted. */
export function lastLines(printed: string, most = 100): string {
  const lines = printed
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "");
  const shown = lines.slice(-most).map((line) => clipped(line, longest));
  const left = lines.length - shown.length;
  return [...(left === 0 ? [] : [`… (${left} more)`]), ...shown].join("\n");
}

const longest = 2_000;
