/** How many lines fit a terminal without much scrolling. */
export const TERMINAL_LINES = 60;

/** Lines that stand or fall together, such as a workload with those who reach it. */
export type Block = readonly string[];

/**
 * As many blocks, in order, as fit so many lines, and the others.
 *
 * @param most Default: all fit.
 */
export function fitting<T>(
  things: readonly T[],
  linesOf: (thing: T) => number,
  most = Number.POSITIVE_INFINITY,
): { shown: readonly T[]; left: readonly T[] } {
  let used = 0;
  let count = 0;
  for (const thing of things) {
    used += linesOf(thing);
    if (used > most) break;
    count++;
  }
  return { shown: things.slice(0, count), left: things.slice(count) };
}

/** The number of lines of a text, which may hold line breaks. */
export const lineCount = (lines: Block): number => lines.reduce((sum, line) => sum + line.split("\n").length, 0);
