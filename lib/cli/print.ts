import { once } from "node:events";
import { safeOutput } from "../common/printable";
import { formatProblem, type Problem } from "../common/problem";
import { refusedLine } from "../report/json";
import { type Limits, noticesOf } from "../report/notices";
import { colourStyle, plainStyle, type Style } from "../report/style";
import { showsColours } from "./terminal";

/** Whoever reads may have seen enough (`| head`): that is no error. */
function onError(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}

/** Writes the result, in pieces of a size that does not pile up in memory, and waits for a slow reader. */
export async function print(chunks: string | Iterable<string>): Promise<void> {
  const { stdout } = process;
  if (!stdout.listeners("error").includes(onError)) stdout.on("error", onError);
  let buffer = "";
  const flush = async () => {
    // Pieces end where lines do, so that no command to GitHub's runner is cut in two.
    if (!stdout.write(safeOutput(buffer))) await once(stdout, "drain");
    buffer = "";
  };
  for (const chunk of typeof chunks === "string" ? [chunks] : chunks) {
    buffer += chunk;
    if (buffer.length > 65_536 && buffer.endsWith("\n")) await flush();
  }
  await flush();
}

/** Says something on the error stream, in lines of its own. */
export function say(text: string): void {
  process.stderr.write(`${safeOutput(text)}\n`);
}

export const styleOf = (stream: NodeJS.WriteStream): Style => (showsColours(stream) ? colourStyle : plainStyle);

/** Says what is wrong with the input, a line each, on the error stream. */
export function complain(problems: readonly Problem[]): void {
  for (const problem of problems) say(formatProblem(problem));
}

/** The same for programs: a policy that is not evaluated in the oracle's form, anything else with its place. */
export function complainInJson(problems: readonly Problem[]): void {
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

/** Says in full, on the error stream, what the printed format has no room for; the others have it in the result. */
export function mention(limits: Limits, format: string): void {
  for (const { message } of noticesOf(limits)) {
    if (format === "jsonl") say(`${JSON.stringify({ notice: message })}`);
    if (format === "mermaid" || format === "svg") say(`note: ${message}`);
  }
}
