import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { decodeText } from "../../common/decode-text";

/** How much is read of one file, and for how long a pipe is waited for. */
export interface ReadLimits {
  /** In bytes. */
  size: number;
  /** In milliseconds, without a byte of it; all of it may take {@link wholeWait} times as long. */
  wait: number;
}

/** No manifest comes close. */
export const defaultLimits: ReadLimits = { size: 256 << 20, wait: 60_000 };

/**
 * Reads a regular file or a pipe whole, or not at all.
 *
 * @param file A path, or the number of an open file such as 0, standard input.
 * @throws for devices and the like, for what is larger than the limit, for a pipe of which nothing comes in time, and for a file that is
 * written again each time it is read
 */
export function readBounded(file: string | number, limits: ReadLimits = defaultLimits): Uint8Array {
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    if (attempt > 1) pause(attempt * betweenAttempts);
    const content = readUnchanged(file, limits);
    if (content !== undefined) return content;
    // What has been read of standard input is gone.
    if (typeof file === "number") break;
  }
  throw new Error("it changes while it is read; try again once it is written");
}

/** Somebody who writes a file takes moments; a file that takes longer is a log. */
const mostAttempts = 4;
/** In milliseconds, longer each time. */
const betweenAttempts = 50;

/** Undefined where the file was written in the meantime: what was read may be half of it, or the half of two. */
function readUnchanged(file: string | number, limits: ReadLimits): Uint8Array | undefined {
  // A pipe without a writer would be waited for when it is opened.
  const opened = typeof file === "string" ? openSync(file, constants.O_RDONLY | constants.O_NONBLOCK) : file;
  try {
    const status = fstatSync(opened, { bigint: true });
    // Standard input may be anything that ends.
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

/** The text of a file; `-` is standard input. @throws as {@link readBounded}, and for what is no text */
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
  ENAMETOOLONG: "its path is longer than the file system takes",
  EMFILE: "too many files are open; raise `ulimit -n`",
};

/** How many times {@link ReadLimits.wait} all of a pipe may take: one that gives a byte now and then has no end. */
const wholeWait = 10;

/** A regular file up to the size that it had: of one that grows, the end may never come. Some of the kernel's say that they have none. */
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
    // Until somebody writes, a pipe that nobody has opened for writing looks as if it had ended.
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
    if (isPipe && opened !== 0 && since - begun > limits.wait * wholeWait)
      throw new Error(
        `the pipe has not ended after ${(limits.wait * wholeWait) / 1000} s; raise --max-wait if that is intended`,
      );
    if (size > limits.size) throw tooLarge(limits);
    chunks.push(chunk.subarray(0, count));
    if (size >= end) return Buffer.concat(chunks);
  }
}

/** Undefined where there is nothing to read yet. */
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
