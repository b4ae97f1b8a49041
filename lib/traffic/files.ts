import { type BigIntStats, closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { pipeline, type Transform } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import * as zlib from "node:zlib";
import type { Problem } from "../common/problem";
import { compareText } from "../common/text";

/** A file to read traffic from. */
export interface Source {
  /** The name in messages. */
  name: string;
  /** Found in a folder rather than named, so a file without traffic is skipped without a problem. */
  found: boolean;
  /** Which file it was when it was listed: by the time it is read, a log may have been rotated. */
  identity?: string;
}

/** Identifies a file. Uses bigints, because two inode numbers may be equal when rounded to a double. */
const identityOf = ({ dev, ino }: BigIntStats) => `${dev}:${ino}`;

/** Far more than any folder of rotated files. */
const maxFiles = 100_000;

/**
 * The named files, and all files below the named folders sorted by name, which puts rotated files in the order of time. `-` is standard input.
 * Links are followed, and each file is read once.
 */
export function sourcesOf(names: readonly string[]): { sources: Source[]; problems: Problem[] } {
  const sources: Source[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const fail = (name: string, error: unknown) => problems.push(unreadable(name, error));
  const enter = (folder: string) => {
    for (const name of readdirSync(folder).sort(compareText)) {
      if (sources.length > maxFiles) return;
      const file = path.join(folder, name);
      try {
        const status = statSync(file, { bigint: true });
        const identity = identityOf(status);
        if (seen.has(identity)) continue;
        seen.add(identity);
        if (status.isDirectory()) enter(file);
        else if (status.isFile()) sources.push({ name: file, found: true, identity });
        else throw new Error("it is not a regular file");
      } catch (error) {
        fail(
          file,
          (error as NodeJS.ErrnoException).code === "ENOENT" ? new Error("it is a link that leads nowhere") : error,
        );
      }
    }
  };
  for (const name of names) {
    try {
      const status = name === "-" ? undefined : statSync(name, { bigint: true });
      if (status?.isDirectory() === true) {
        seen.add(identityOf(status));
        enter(name);
      } else if (status === undefined || status.isFIFO()) sources.push({ name, found: false });
      else if (status.isFile()) sources.push({ name, found: false, identity: identityOf(status) });
      else throw new Error("it is neither a regular file nor a pipe nor a folder");
    } catch (error) {
      fail(name, error);
    }
    if (sources.length > maxFiles) {
      fail(name, new Error(`there are more than ${maxFiles} files in it; name those that are recorded traffic`));
      return { sources: [], problems };
    }
  }
  return { sources, problems };
}

/**
 * Sources ordered by their first timestamp, because the owner of an address follows from the flows before. Those without a timestamp, and those
 * that cannot be read, come first in their given order.
 */
export async function inOrderOfTime(sources: readonly Source[]): Promise<Source[]> {
  if (sources.length < 2) return [...sources];
  const dated: { source: Source; start: string }[] = [];
  for (const source of sources) dated.push({ source, start: await startOf(source) });
  return dated.sort((a, b) => compareText(a.start, b.start)).map(({ source }) => source);
}

async function startOf(source: Source): Promise<string> {
  try {
    // Reading from standard input or a pipe would consume it.
    if (source.name === "-" || !statSync(source.name).isFile()) return "";
    for await (const first of unpackedBlocks(source))
      return /"time":"([^"]+)"/.exec(first.toString("latin1"))?.[1] ?? "";
  } catch {
    // `TrafficReader.read` reports what is wrong.
  }
  return "";
}

export function unreadable(file: string, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException).code;
  const why =
    code === "ENOENT"
      ? "there is no such file or folder"
      : code === "EACCES"
        ? "permission denied"
        : code === "ENAMETOOLONG"
          ? "its path is longer than the file system allows"
          : error instanceof Error
            ? error.message
            : String(error);
  return { code: "unreadable", file, message: `cannot be read: ${why}` };
}

/** How much of a file is read at once. */
const block = 1 << 16;

/**
 * The content of a file, decompressed, block by block. Its first bytes tell the compression, not its name.
 *
 * @throws Error if it cannot be read or decompressed
 */
export async function* unpackedBlocks(source: Source, wait = defaultWait): AsyncGenerator<Buffer> {
  const chunks = rawBlocks(source, wait)[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    if (first.done === true) return;
    const whole = async function* (): AsyncGenerator<Buffer> {
      yield first.value;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
    };
    const unpack = unpackerOf(first.value);
    if (unpack === undefined) yield* whole();
    // Errors of the pipeline are thrown to the reader.
    else yield* pipeline(whole, unpack, () => undefined) as AsyncIterable<Buffer>;
  } finally {
    // For most files, only the first block is read.
    await chunks.return?.();
  }
}

/** Decompression runs in another thread, some blocks ahead of the reader. */
const ahead = { chunkSize: block, readableHighWaterMark: 16 * block };

/** How long a pipe may stay silent, in milliseconds. */
const defaultWait = 60_000;

function rawBlocks(source: Source, wait: number): AsyncIterable<Buffer> {
  if (source.name === "-") return process.stdin;
  return statSync(source.name).isFIFO() ? pipeBlocks(source.name, wait) : fileBlocks(source);
}

/**
 * Reads a file up to its size when it was opened, because a growing log has no end.
 *
 * @throws Error if the file was replaced since it was listed, or rewritten meanwhile, as happens when logs are rotated
 */
async function* fileBlocks({ name, identity }: Source): AsyncGenerator<Buffer> {
  const opened = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(opened, { bigint: true });
    if (!status.isFile() || (identity !== undefined && identityOf(status) !== identity))
      throw new Error(`another file was put in its place while traffic was read; ${rotated}`);
    const size = Number(status.size);
    const head = blockAt(opened, 0, size);
    let read = 0;
    while (read < size) {
      const chunk = blockAt(opened, read, size);
      if (chunk.length === 0) break;
      read += chunk.length;
      yield chunk;
    }
    if (read < size || !head.equals(blockAt(opened, 0, size)))
      throw new Error(`it was written anew while it was read; ${rotated}`);
  } finally {
    closeSync(opened);
  }
}

function blockAt(opened: number, position: number, size: number): Buffer {
  const chunk = Buffer.allocUnsafe(Math.min(block, size - position));
  return chunk.subarray(0, readSync(opened, chunk, 0, chunk.length, position));
}

const rotated = "try again, or give the folder with the rotated files";

/** Opened without blocking: a pipe without a writer would block forever, even in `open`. */
async function* pipeBlocks(name: string, wait: number): AsyncGenerator<Buffer> {
  const opened = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(opened).isFIFO()) throw new Error("it is no longer a pipe");
    let since = Date.now();
    let begun = false;
    for (;;) {
      const chunk = Buffer.allocUnsafe(1 << 16);
      const count = readWaiting(opened, chunk);
      // Before the first write, a pipe reads like one that has ended.
      if (count === 0 && begun) return;
      if (count > 0) {
        begun = true;
        since = Date.now();
        yield chunk.subarray(0, count);
      } else if (Date.now() - since > wait)
        throw new Error(`nothing has come out of the pipe for ${wait / 1000} s; raise --max-wait if it comes later`);
      else await delay(10);
    }
  } finally {
    closeSync(opened);
  }
}

/** Reads without blocking. Negative if there is nothing to read yet. */
function readWaiting(opened: number, chunk: Buffer): number {
  try {
    return readSync(opened, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return -1;
    throw error;
  }
}

function unpackerOf(head: Buffer): Transform | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return zlib.createGunzip(ahead);
  if (head.length < 4 || head.readUInt32LE(0) !== 0xfd2fb528) return undefined;
  // In Node since 22.15 and 23.8.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: typeof ahead) => Transform };
  if (createZstdDecompress === undefined)
    throw new Error(
      `Node ${process.versions.node} cannot unpack zstd. Use Node 22.15 or newer, or unpack it with \`zstd -d\``,
    );
  return createZstdDecompress(ahead);
}
