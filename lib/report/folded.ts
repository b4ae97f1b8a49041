/** How many lines fit a terminal without much scrolling. */
export const TERMINAL_LINES = 60;

/** Lines that are shown or folded together, such as a workload with its clients. */
export type Block = readonly string[];

/**
 * Splits things into the first ones that fit the limit, and the rest.
 *
 * @param most The maximum number of lines. Default: unlimited.
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

/** The number of lines, counting line breaks within items. */
export const lineCount = (lines: Block): number => lines.reduce((sum, line) => sum + line.split("\n").length, 0);
