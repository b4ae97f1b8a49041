import { writeSync } from "node:fs";
import { SafeLines } from "../../common/safe-lines";
import { UserError } from "../../common/user-error";
import { Exit } from "../output/exit";

let hasRun = false;

/** Ends a process in which a program has run, once all output is written, without waiting for timers or servers that the program left open. */
export function endAfterProgram(): void {
  if (hasRun) process.stdout.write("", () => process.stderr.write("", () => process.exit()));
}

/**
 * Runs code of a Pulumi program in this process. What it prints goes to standard error, since standard output is the command's, and is made safe for
 * terminals and workflow logs. If it ends the process, there is no answer, whatever its exit status.
 *
 * @throws UserError if it calls `process.exit()`
 */
export async function withForeignProgram<Result>(body: () => Promise<Result>): Promise<Result> {
  hasRun = true;
  const { stdout, stderr } = process;
  const streams = [stdout, stderr].map((stream) => ({ stream, write: stream.write }));
  const lines = streams.map(({ stream }) => {
    const safe = new SafeLines((text) => streams[1]?.write.call(stderr, text));
    stream.write = passTo(safe);
    return safe;
  });
  const { exit } = process;
  let exitError: UserError | undefined;
  process.exit = () => {
    exitError = new UserError(
      "the program calls process.exit(), so what it registers is not known; let it end by itself, or throw an error",
    );
    throw exitError;
  };
  process.once("exit", refuseEnd);
  try {
    const result = await body();
    if (exitError !== undefined) throw exitError;
    return result;
  } finally {
    process.off("exit", refuseEnd);
    process.exit = exit;
    for (const one of lines) one.end();
    for (const { stream, write } of streams) stream.write = write;
  }
}

/** For a process that ends without `process.exit()` while the answer is still missing. */
function refuseEnd(): void {
  process.exitCode = Exit.BadInput;
  writeSync(2, "error: the program ended the process before it was planned\n");
}

function passTo(lines: SafeLines): typeof process.stdout.write {
  return (chunk: string | Uint8Array, ...more: unknown[]): boolean => {
    lines.add(typeof chunk === "string" ? Buffer.from(chunk, encodingIn(more)) : Buffer.from(chunk));
    const done = more.find((one) => typeof one === "function");
    if (typeof done === "function") process.nextTick(done as () => void);
    return true;
  };
}

const encodingIn = ([given]: unknown[]): BufferEncoding =>
  typeof given === "string" && Buffer.isEncoding(given) ? given : "utf8";
