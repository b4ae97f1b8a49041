import { execFile } from "node:child_process";
import { whileInterruptible } from "./interrupt";

/** The result of a command. */
export type Execution =
  | { readonly kind: "ended"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** The command does not exist. */
  | { readonly kind: "absent" }
  | { readonly kind: "timeout" }
  /** It printed more than the limit, and was killed. */
  | { readonly kind: "overlong" };

/** The most that a command may print, in bytes. */
const LARGEST = 2 ** 24;

/** Runs a command and waits for its end. Kills it if this process is interrupted. Never rejects. */
export type Execute = (command: string, args: readonly string[], timeoutSeconds: number) => Promise<Execution>;

/** Runs commands on this machine, with these environment variables. */
export function executor(env: NodeJS.ProcessEnv = process.env): Execute {
  return (command, args, timeoutSeconds) =>
    new Promise((resolve) => {
      const options = { timeout: timeoutSeconds * 1000, maxBuffer: LARGEST, encoding: "utf8" as const, env };
      const child = execFile(command, [...args], options, (error, stdout, stderr) => {
        done();
        if (error === null) return resolve({ kind: "ended", code: 0, stdout, stderr });
        if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return resolve({ kind: "overlong" });
        if (error.killed) return resolve({ kind: "timeout" });
        if (typeof error.code === "string") return resolve({ kind: "absent" });
        resolve({ kind: "ended", code: error.code ?? 1, stdout, stderr });
      });
      const done = whileInterruptible(() => child.kill());
    });
}

/** The first line that is not blank, trimmed; empty if there is none. */
export function firstLine(text: string): string {
  return (
    text
      .split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "") ?? ""
  );
}
