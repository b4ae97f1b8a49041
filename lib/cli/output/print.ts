import { once } from "node:events";
import { safeOutput } from "../../common/printable";
import { formatProblem, type Problem } from "../../common/problem";
import { TERMINAL_LINES } from "../../report/folded";
import { type Limits, noticesOf } from "../../report/notices";
import { refusedLine } from "../../report/reach/reach-json";
import { colourStyle, plainStyle, type Style } from "../../report/style";
import { isLost } from "./lost-output";
import { showsColours } from "./terminal";

/** Writes the result in chunks and waits for a slow reader, so that output does not pile up in memory. */
export async function print(chunks: string | Iterable<string>): Promise<void> {
  const { stdout } = process;
  let buffer = "";
  const write = async (text: string) => {
    if (isLost(stdout) || stdout.write(safeOutput(text)) || isLost(stdout)) return;
    // If it is closed meanwhile, `handleLostOutput` reports it.
    await once(stdout, "drain").catch(() => undefined);
  };
  for (const chunk of typeof chunks === "string" ? [chunks] : chunks) {
    if (isLost(stdout)) return;
    buffer += chunk;
    if (buffer.length <= 65_536) continue;
    // Chunks end at line ends, so that `safeOutput` sees each workflow command of GitHub whole.
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

/** The maximum number of lines: limited on a terminal unless `verbose`; unlimited in a file or a pipe. */
export const lineLimit = ({ isTTY }: Pick<NodeJS.WriteStream, "isTTY">, verbose = false): number | undefined =>
  isTTY && !verbose ? TERMINAL_LINES : undefined;

/** Prints problems with the input on standard error, one per line. */
export function reportProblems(problems: readonly Problem[]): void {
  for (const problem of problems) say(formatProblem(problem));
}

/** Prints problems as JSON lines: a policy that is left out in the form of the oracle, anything else with its place. */
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

/** Prints notices on standard error for formats that have no room for them; the other formats contain them. */
export function printNotices(limits: Limits, format: string): void {
  for (const { message } of noticesOf(limits)) {
    if (format === "jsonl") say(`${JSON.stringify({ notice: message })}`);
    if (format === "mermaid" || format === "svg" || format === "gitlab") say(`note: ${message}`);
  }
}
