import { once } from "node:events";
import { safeOutput } from "../common/printable";
import { formatProblem, type Problem } from "../common/problem";
import { TERMINAL_LINES } from "../report/folded";
import { type Limits, noticesOf } from "../report/notices";
import { refusedLine } from "../report/reach/reach-json";
import { colourStyle, plainStyle, type Style } from "../report/style";
import { isLost } from "./lost-output";
import { showsColours } from "./terminal";

/** Writes the result in chunks, so that it does not pile up in memory, and waits for a slow reader. */
export async function print(chunks: string | Iterable<string>): Promise<void> {
  const { stdout } = process;
  let buffer = "";
  const write = async (text: string) => {
    if (isLost(stdout) || stdout.write(safeOutput(text)) || isLost(stdout)) return;
    // Closed while it waits, which is noticed elsewhere.
    await once(stdout, "drain").catch(() => undefined);
  };
  for (const chunk of typeof chunks === "string" ? [chunks] : chunks) {
    if (isLost(stdout)) return;
    buffer += chunk;
    if (buffer.length <= 65_536) continue;
    // Chunks end with lines, so that no workflow command of GitHub is cut in two.
    const end = buffer.lastIndexOf("\n") + 1;
    await write(buffer.slice(0, end));
    buffer = buffer.slice(end);
  }
  await write(buffer);
}

/** Prints a message on standard error, on lines of its own. */
export function say(text: string): void {
  if (!isLost(process.stderr)) process.stderr.write(`${safeOutput(text)}\n`);
}

export const styleOf = (stream: NodeJS.WriteStream): Style => (showsColours(stream) ? colourStyle : plainStyle);

/** How many lines an answer may take: on a terminal as many as somebody reads, unless they ask for all; in a file or a pipe any number. */
export const linesFor = ({ isTTY }: Pick<NodeJS.WriteStream, "isTTY">, verbose = false): number | undefined =>
  isTTY && !verbose ? TERMINAL_LINES : undefined;

/** Prints problems with the input on standard error, one per line. */
export function reportProblems(problems: readonly Problem[]): void {
  for (const problem of problems) say(formatProblem(problem));
}

/** The same for programs: a policy that is not evaluated as the oracle prints it, anything else with its place. */
export function reportProblemsAsJson(problems: readonly Problem[]): void {
  for (const problem of problems) {
    const { file, line, column, leftOut } = problem;
    const reason = formatProblem(problem);
    const text =
      leftOut === undefined
        ? JSON.stringify({ problem: reason, file, line, column })
        : refusedLine({ ...leftOut, file, reason });
    say(text);
  }
}

/** Prints in full, on standard error, what the format has no room for; other formats contain it. */
export function printNotices(limits: Limits, format: string): void {
  for (const { message } of noticesOf(limits)) {
    if (format === "jsonl") say(`${JSON.stringify({ notice: message })}`);
    if (format === "mermaid" || format === "svg" || format === "gitlab") say(`note: ${message}`);
  }
}
