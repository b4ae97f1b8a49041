import type { Command } from "commander";
import { withoutPassword } from "./recorded-traffic";

/** Whatever one is about, it is an option of that command alone. */
const ofOneRun = new Set(["--format", "--output", "--only"]);

/**
 * Remembers which options a command is given, as they are written, that another one takes as well: so that a command that is printed as the next step
 * reads what this one has read.
 *
 * @returns their words so far, in the order of the command line
 */
export function writtenOptions(command: Command, other: Command): () => string[] {
  const taken = new Set(other.options.map(({ long }) => long));
  const words: string[] = [];
  for (const option of command.options) {
    const { long } = option;
    if (long === undefined || long === null || !taken.has(long) || ofOneRun.has(long)) continue;
    command.on(`option:${option.name()}`, (value: string | null) => {
      words.push(long, ...(value === null ? [] : [long === "--traffic" ? withoutPassword(value) : value]));
    });
  }
  return () => words;
}
