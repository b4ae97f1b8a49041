import { printable } from "../../common/printable";
import { Exit } from "./exit";

/** Streams that cannot be written to any more, and why. */
const lost = new Map<NodeJS.WriteStream, NodeJS.ErrnoException>();

const waiting = new Map<NodeJS.WriteStream, (() => void)[]>();

const words: Readonly<Record<string, string>> = {
  EPIPE: "it was closed before all of it was written",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would exceed the maximum size",
};

/**
 * Reports a closed or full output as an error of the environment, not as a bug. The command continues, and exits with a status that says that its
 * answer was not delivered, so that nobody acts on an answer that did not arrive. Call it once per process.
 */
export function handleLostOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error) => {
      if (lost.has(stream)) return;
      lost.set(stream, error);
      for (const tell of waiting.get(stream) ?? []) tell();
    });
  process.on("exit", (status) => {
    const error = lost.get(process.stdout);
    if (error !== undefined && !lost.has(process.stderr)) {
      const reason = words[error.code ?? ""] ?? printable(error.message);
      process.stderr.write(`error: the output could not be written: ${reason}\n`);
    }
    if (lost.size > 0 && (status === Exit.Fine || status === Exit.Found)) process.exitCode = Exit.BadInput;
  });
}

/** Resolves when the output is lost, so that a long-running command can stop. */
export function whenLost(stream: NodeJS.WriteStream): Promise<void> {
  if (lost.has(stream)) return Promise.resolve();
  return new Promise((resolve) => waiting.set(stream, [...(waiting.get(stream) ?? []), resolve]));
}

/** Whether the output is lost. */
export const isLost = (stream: NodeJS.WriteStream): boolean => lost.has(stream);
