import { createReadStream, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { pipeline, type Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { Problem } from "../common/problem";
import { compareText } from "../common/text";

/** A file to read traffic from. */
export interface Source {
  /** As it is named to people. */
  name: string;
  /** Found in a folder rather than named: what is no traffic is passed over. */
  found: boolean;
}

/** The named files and all files below the named folders, by name: rotated files are then in the order of time. `-` is standard input. */
export function sourcesOf(names: readonly string[]): { sources: Source[]; problems: Problem[] } {
  const sources: Source[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    try {
      if (name === "-") sources.push({ name, found: false });
      else if (!statSync(name).isDirectory()) sources.push({ name, found: false });
      else
        for (const entry of readdirSync(name, { recursive: true, withFileTypes: true }).sort(byPath))
          if (entry.isFile())
            sources.push({ name: path.join(entry.parentPath ?? entry.path, entry.name), found: true });
    } catch (error) {
      problems.push(unreadable(name, error));
    }
  }
  return { sources, problems };
}

/**
 * Sources in the order of time, by the first moment that each tells of: who had an address at a moment is known from what came before it. What
 * tells of no time, or cannot be read, keeps its place at the front.
 */
export async function inOrderOfTime(sources: readonly Source[]): Promise<Source[]> {
  if (sources.length < 2) return [...sources];
  const dated: { source: Source; start: string }[] = [];
  for (const source of sources) dated.push({ source, start: source.name === "-" ? "" : await startOf(source) });
  return dated.sort((a, b) => compareText(a.start, b.start)).map(({ source }) => source);
}

async function startOf(source: Source): Promise<string> {
  try {
    for await (const first of blocksOf(source)) return /"time":"([^"]+)"/.exec(first.toString("latin1"))?.[1] ?? "";
  } catch {
    // Whoever reads it in earnest says what is wrong.
  }
  return "";
}

const byPath = (a: { parentPath?: string; path?: string; name: string }, b: typeof a) =>
  compareText(`${a.parentPath ?? a.path}/${a.name}`, `${b.parentPath ?? b.path}/${b.name}`);

export function unreadable(file: string, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException).code;
  const why =
    code === "ENOENT"
      ? "there is no such file or folder"
      : code === "EACCES"
        ? "permission denied"
        : error instanceof Error
          ? error.message
          : String(error);
  return { code: "unreadable", file, message: `cannot be read: ${why}` };
}

/** Larger ones cost more: their text is old before it is read through, and the collector of garbage has to look for it everywhere. */
const block = 1 << 16;

/**
 * What a file holds, unpacked, a block at a time. How it is packed is told by its first bytes, not by its name.
 *
 * @throws where it cannot be read or unpacked
 */
export async function* blocksOf({ name }: Source): AsyncGenerator<Buffer> {
  const raw: Readable = name === "-" ? process.stdin : createReadStream(name, { highWaterMark: block });
  const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  if (first.done === true) return;
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield first.value;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  };
  const unpack = unpackerOf(first.value);
  if (unpack === undefined) yield* whole();
  // What goes wrong on the way is thrown where it is read.
  else yield* pipeline(whole, unpack, () => undefined) as AsyncIterable<Buffer>;
}

/** Unpacking is another thread's work: it goes some blocks ahead of whoever reads them. */
const ahead = { chunkSize: block, readableHighWaterMark: 16 * block };

function unpackerOf(head: Buffer): Transform | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return zlib.createGunzip(ahead);
  if (head.length < 4 || head.readUInt32LE(0) !== 0xfd2fb528) return undefined;
  // Node has it since 22.15 and 23.8.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: typeof ahead) => Transform };
  if (createZstdDecompress === undefined)
    throw new Error(
      `Node ${process.versions.node} cannot unpack zstd. Use Node 22.15 or newer, or unpack it with \`zstd -d\``,
    );
  return createZstdDecompress(ahead);
}
