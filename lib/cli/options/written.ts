import type { Command } from "commander";
import { withoutPassword } from "../output/without-password";

/** Options with the same name whose meaning differs between commands. */
const ownMeaning = new Set(["--format", "--output", "--only"]);

/**
 * Records the options of a command line that another command takes as well, so that a command printed as the next step reads the same input.
 *
 * @returns A function that returns their words so far, in the order of the command line.
 */
export function writtenOptions(command: Command, other: Command): () => string[] {
  const taken = new Set(other.options.map(({ long }) => long));
  const words: string[] = [];
  for (const option of command.options) {
    const { long } = option;
    if (long === undefined || long === null || !taken.has(long) || ownMeaning.has(long)) continue;
    command.on(`option:${option.name()}`, (value: string | null) => {
      words.push(long, ...(value === null ? [] : [long === "--traffic" ? withoutPassword(value) : value]));
    });
  }
  return () => words;
}
