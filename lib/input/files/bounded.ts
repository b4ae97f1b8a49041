import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { decodeText } from "../../common/decode-text";

/** Limits for reading one file. */
export interface ReadLimits {
  /** The largest size, in bytes. */
  size: number;
  /** How long a pipe may stay silent, in milliseconds. Reading all of it may take {@link totalWaitFactor} times as long. */
  wait: number;
}

/** Far above the size of any manifest. */
export const defaultLimits: ReadLimits = { size: 256 << 20, wait: 60_000 };

/**
 * Reads a regular file or a pipe completely, or fails.
 *
 * @param file A path, or the number of an open file such as 0, standard input.
 * @throws Error for devices and the like, for a file over the size limit, for a pipe that stays silent, and for a file that changes on every read
 */
export function readBounded(file: string | number, limits: ReadLimits = defaultLimits): Uint8Array {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    if (attempt > 1) pause(attempt * betweenAttempts);
    const content = readUnchanged(file, limits);
    if (content !== undefined) return content;
    // Standard input cannot be read again.
    if (typeof file === "number") break;
  }
  throw new Error("it changes while it is read; try again once it is written");
}

/** Writing a file takes moments. A file that keeps changing is a log. */
const maxAttempts = 4;
/** The wait before each retry, in milliseconds. */
const betweenAttempts = 50;

/** Undefined if the file changed meanwhile: its content may be incomplete or a mixture of two versions. */
function readUnchanged(file: string | number, limits: ReadLimits): Uint8Array | undefined {
  // Without O_NONBLOCK, opening a pipe waits for a writer.
  const opened = typeof file === "string" ? openSync(file, constants.O_RDONLY | constants.O_NONBLOCK) : file;
  try {
    const status = fstatSync(opened, { bigint: true });
    // Standard input may be anything with an end.
    const isRead = status.isFile() || status.isFIFO() || typeof file === "number";
    if (!isRead) throw new Error("it is neither a regular file nor a pipe");
    if (status.size > limits.size) throw tooLarge(limits);
    const content = readWhole(opened, limits, status);
    const isSame = !status.isFile() || isUnchanged(status, fstatSync(opened, { bigint: true }));
    return isSame ? content : undefined;
  } finally {
    if (typeof file === "string") closeSync(opened);
  }
}

const isUnchanged = (before: BigIntStats, after: BigIntStats) =>
  before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;

/** The text of a file; `-` is standard input. @throws Error like {@link readBounded}, and for a file that is not text */
export function readText(file: string, limits?: ReadLimits): string {
  return decodeText(readBounded(file === "-" ? 0 : file, limits));
}

/** Why something cannot be read: `cannot be read: …`. */
export function unreadableWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `cannot be read: ${wordsOf[code ?? ""] ?? message ?? String(error)}`;
}

const wordsOf: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "part of its path is not a folder",
  ELOOP: "it is a circular link",
  ENXIO: "it is a socket, or a device that is not there",
  ENAMETOOLONG: "its path is longer than the file system allows",
  EMFILE: "too many files are open; raise `ulimit -n`",
};

/** The limit for reading all of a pipe, as a multiple of {@link ReadLimits.wait}. A pipe that yields a byte now and then would never end. */
const totalWaitFactor = 10;

/** A regular file up to its size when it was opened, because a growing file may have no end. Some files of the kernel have size 0. */
function readWhole(opened: number, limits: ReadLimits, status: BigIntStats): Uint8Array {
  const isPipe = status.isFIFO();
  const end = status.isFile() && status.size > 0 ? Number(status.size) : Infinity;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const begun = Date.now();
  let since = begun;
  for (;;) {
    const chunk = Buffer.allocUnsafe(1 << 16);
    const count = readSome(opened, chunk);
    // Before the first write, a pipe without a writer looks like one that has ended.
    if (count === 0 && !(isPipe && size === 0 && opened !== 0)) return Buffer.concat(chunks);
    if (count === undefined || count === 0) {
      if (opened !== 0 && Date.now() - since > limits.wait)
        throw new Error(
          `nothing has come out of the pipe for ${limits.wait / 1000} s; raise --max-wait if it comes later`,
        );
      pause(10);
      continue;
    }
    since = Date.now();
    size += count;
    if (isPipe && opened !== 0 && since - begun > limits.wait * totalWaitFactor)
      throw new Error(
        `the pipe has not ended after ${(limits.wait * totalWaitFactor) / 1000} s; raise --max-wait if that is intended`,
      );
    if (size > limits.size) throw tooLarge(limits);
    chunks.push(chunk.subarray(0, count));
    if (size >= end) return Buffer.concat(chunks);
  }
}

/** Undefined if there is nothing to read yet. */
function readSome(opened: number, chunk: Uint8Array): number | undefined {
  try {
    return readSync(opened, chunk);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN") return undefined;
    if (code === "EOF") return 0;
    throw error;
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));
const pause = (milliseconds: number) => Atomics.wait(never, 0, 0, milliseconds);

function tooLarge({ size }: ReadLimits): Error {
  return new Error(`it is larger than ${Math.floor(size / (1 << 20))} MiB; raise --max-size if that is intended`);
}
