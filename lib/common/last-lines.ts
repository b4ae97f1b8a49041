import { clipped } from "./printable";

/** The last lines of a program's output, where errors are, each clipped to a readable length. Starts with the number of omitted lines. */
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
