import { type SpawnOptions, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { whileInterruptible } from "./interrupt";

/** The result of a child process. */
export interface ChildEnd {
  /** The exit status: 1 if a signal ended it, 127 if there is no such program (except on Windows). */
  status: number;
  output: string;
  errors: string;
  /** The bound that it went over, for which it was ended. */
  over?: "seconds" | "bytes";
}

export interface ChildOptions extends Pick<SpawnOptions, "cwd" | "shell" | "env"> {
  /** Ended when it runs for longer. Default: no bound. */
  seconds?: number;
  /** Ended when it prints more. Default: no bound. */
  bytes?: number;
  /** Shell commands before the program takes the shell's place, such as `ulimit`; not on Windows. */
  before?: string;
  /** Told of its output while it runs. */
  heard?: (output: Buffer) => void;
  /** Ends it. */
  until?: AbortSignal;
  /** Whether what it started and left behind ends with it. Otherwise that goes on, as daemons do. */
  leavesNothing?: boolean;
}

/**
 * A shell process beside the program, in its process group, that waits for a line from this process. If this process dies without sending one, it
 * kills the program and all that the program started: at once, or after two seconds for cleaning up if the group was asked to end before.
 */
const watchdog =
  "( { t=0; trap t=2 TERM; read -r _ <&3 || { sleep $t; kill -KILL 0; }; } >/dev/null 2>&1 & ); exec 3<&-";

/**
 * Runs a program and waits for its end. The program has its own process group, except on Windows. If this process is interrupted or killed, the program
 * ends, too, with all that it started.
 *
 * @param ending The signal that ends it: SIGTERM lets it clean up, SIGKILL keeps it from writing anything more.
 * @throws on Windows, what `spawn` reports, such as ENOENT
 */
export function runChild(
  command: string,
  args: readonly string[],
  {
    seconds,
    bytes = Number.POSITIVE_INFINITY,
    before = ":",
    heard,
    until,
    leavesNothing = false,
    shell = false,
    ...options
  }: ChildOptions,
  ending: "SIGTERM" | "SIGKILL",
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const isPosix = process.platform !== "win32";
    const program = shell === false ? [command, ...args] : ["/bin/sh", "-c", command];
    const child = isPosix
      ? spawn("/bin/sh", ["-c", `${watchdog}; ${before}; exec "$@"`, "sh", ...program], {
          ...options,
          detached: true,
          stdio: ["ignore", "pipe", "pipe", "pipe"],
        })
      : spawn(command, args, { ...options, shell, stdio: ["ignore", "pipe", "pipe"] });
    const end = (by: NodeJS.Signals) => {
      if (child.pid === undefined) return;
      if (!isPosix) child.kill(by);
      else process.kill(-child.pid, by);
    };
    const done = whileInterruptible(() => end(ending));
    let over: ChildEnd["over"];
    const endOver = (bound: ChildEnd["over"]) => {
      over ??= bound;
      try {
        end("SIGKILL");
      } catch {
        // It has already ended.
      }
    };
    const endAsked = () => {
      try {
        end(ending);
      } catch {
        // It has already ended.
      }
    };
    if (until?.aborted) endAsked();
    until?.addEventListener("abort", endAsked);
    const timer = seconds === undefined ? undefined : setTimeout(() => endOver("seconds"), seconds * 1000);
    const [output, errors]: [Buffer[], Buffer[]] = [[], []];
    let size = 0;
    const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytes) endOver("bytes");
      else chunks.push(chunk);
    };
    child.stdout?.on("data", keep(output));
    if (heard !== undefined) child.stdout?.on("data", heard);
    child.stderr?.on("data", keep(errors));
    const line = child.stdio[3] as Duplex | undefined;
    line?.on("error", () => undefined);
    child.on("exit", () => {
      line?.end("\n");
      if (!leavesNothing) return;
      try {
        end("SIGKILL");
      } catch {
        // Nothing was left.
      }
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      until?.removeEventListener("abort", endAsked);
      done();
      reject(error);
    });
    child.on("close", (status) => {
      clearTimeout(timer);
      until?.removeEventListener("abort", endAsked);
      done();
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ status: status ?? 1, output: text(output), errors: text(errors), ...(over && { over }) });
    });
  });
}
