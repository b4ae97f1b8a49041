import { type SpawnOptions, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { whileInterruptible } from "./interrupt";

/** The result of a child process. */
export interface ChildEnd {
  /** The exit status: 1 if a signal ended it, 127 if there is no such program (except on Windows). */
  status: number;
  output: string;
  errors: string;
  /** The limit that it exceeded, so that it was killed. */
  exceeded?: "timeout" | "output";
}

export interface ChildOptions extends Pick<SpawnOptions, "cwd" | "shell" | "env"> {
  /** It is killed if it runs for longer. Default: no limit. */
  timeoutSeconds?: number;
  /** It is killed if it prints more. Default: no limit. */
  maxOutputBytes?: number;
  /** Shell commands to run before the program, such as `ulimit`. Ignored on Windows. */
  setup?: string;
  /** Called with its output while it runs. */
  onOutput?: (output: Buffer) => void;
  /** Ends it when aborted. */
  signal?: AbortSignal;
  /** Whether to kill background processes that it leaves behind. Default false: they go on, as daemons do. */
  killsBackground?: boolean;
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
    timeoutSeconds,
    maxOutputBytes = Number.POSITIVE_INFINITY,
    setup = ":",
    onOutput,
    signal,
    killsBackground = false,
    shell = false,
    ...options
  }: ChildOptions,
  ending: "SIGTERM" | "SIGKILL",
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const isPosix = process.platform !== "win32";
    const program = shell === false ? [command, ...args] : ["/bin/sh", "-c", command];
    const child = isPosix
      ? spawn("/bin/sh", ["-c", `${watchdog}; ${setup}; exec "$@"`, "sh", ...program], {
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
    let exceeded: ChildEnd["exceeded"];
    const endExceeded = (limit: ChildEnd["exceeded"]) => {
      exceeded ??= limit;
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
    if (signal?.aborted) endAsked();
    signal?.addEventListener("abort", endAsked);
    const timer =
      timeoutSeconds === undefined ? undefined : setTimeout(() => endExceeded("timeout"), timeoutSeconds * 1000);
    const [output, errors]: [Buffer[], Buffer[]] = [[], []];
    let size = 0;
    const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutputBytes) endExceeded("output");
      else chunks.push(chunk);
    };
    child.stdout?.on("data", keep(output));
    if (onOutput !== undefined) child.stdout?.on("data", onOutput);
    child.stderr?.on("data", keep(errors));
    const line = child.stdio[3] as Duplex | undefined;
    line?.on("error", () => undefined);
    child.on("exit", () => {
      line?.end("\n");
      if (!killsBackground) return;
      try {
        end("SIGKILL");
      } catch {
        // Nothing was left.
      }
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", endAsked);
      done();
      reject(error);
    });
    child.on("close", (status) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", endAsked);
      done();
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ status: status ?? 1, output: text(output), errors: text(errors), ...(exceeded && { exceeded }) });
    });
  });
}
