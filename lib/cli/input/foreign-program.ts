import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { writeSync } from "node:fs";
import { isInterrupted, whileInterruptible } from "../../common/interrupt";
import { SafeLines } from "../../common/safe-lines";
import { UserError } from "../../common/user-error";
import { Exit } from "../output/exit";

let hasRun = false;
const { exit } = process;

/** Ends the process at once, even while a program is running in it. */
export function endAtOnce(status: number): never {
  process.off("exit", refuseEnd);
  return exit.call(process, status);
}

/** Ends a process in which a program has run, once all output is written, without waiting for timers or servers that the program left open. */
export function endAfterProgram(): void {
  if (hasRun) process.stdout.write("", () => process.stderr.write("", () => process.exit()));
}

/**
 * Runs code of a Pulumi program in this process. What it prints goes to standard error, since standard output is the command's, and is made safe for
 * terminals and workflow logs. If it ends the process, there is no answer, whatever its exit status. An interruption ends the processes that it has
 * started, too.
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
  const stopEnding = endChildrenWithProcess();
  let exitError: UserError | undefined;
  const own = process.exit;
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
    process.exit = own;
    stopEnding();
    for (const one of lines) one.end();
    for (const { stream, write } of streams) stream.write = write;
  }
}

/**
 * Ends the child processes that start from now on when the process is interrupted. Node handles no signal while a program waits for a child with
 * `execSync` and the like, so nothing listens for signals until there is a child that it does not wait for.
 *
 * @returns A function that stops doing so.
 */
function endChildrenWithProcess(): () => void {
  const running = new Map<ChildProcess, () => void>();
  const onStart = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess };
    running.set(
      child,
      whileInterruptible(() => child.kill()),
    );
    const forget = () => {
      running.get(child)?.();
      running.delete(child);
    };
    child.once("exit", forget).once("error", forget);
  };
  subscribe("child_process", onStart);
  return () => {
    unsubscribe("child_process", onStart);
    for (const forget of running.values()) forget();
  };
}

/** For a process that ends without `process.exit()` while the answer is still missing. */
function refuseEnd(): void {
  if (isInterrupted()) return;
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
