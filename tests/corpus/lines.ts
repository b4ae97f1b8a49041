import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** The lines of a file, plain or gzipped. */
export function linesOf(file: string): string[] {
  const bytes = readFileSync(file);
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (packed ? gunzipSync(bytes) : bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
}
