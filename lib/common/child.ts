import { type SpawnOptions, spawn } from "node:child_process";
import { whileInterruptible } from "./interrupt";

/** How a child ended. */
export interface ChildEnd {
  /** 1 where a signal ended it. */
  status: number;
  output: string;
  errors: string;
}

/**
 * Runs a program and waits for its end. Where this process is interrupted, it ends with all that it started itself: it has a process group of its own,
 * except on Windows.
 *
 * @param ending How it is ended: SIGTERM lets it clean up, SIGKILL does not let it write any more.
 * @throws what `spawn` reports, such as ENOENT
 */
export function runChild(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "cwd" | "shell" | "env">,
  ending: "SIGTERM" | "SIGKILL",
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const detached = process.platform !== "win32";
    const child = spawn(command, args, { ...options, detached, stdio: ["ignore", "pipe", "pipe"] });
    const done = whileInterruptible(() => {
      if (child.pid === undefined) return;
      if (detached) process.kill(-child.pid, ending);
      else child.kill(ending);
    });
    const [output, errors]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (status) => {
      done();
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ status: status ?? 1, output: text(output), errors: text(errors) });
    });
  });
}
