import { createHash, type Hash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, type Stats } from "node:fs";
import path from "node:path";

/** A digest of a chart on disk, packed or unpacked; undefined if there is none. */
export function chartDigest(chart: string): string | undefined {
  let real: string;
  try {
    real = realpathSync(chart);
  } catch {
    return undefined;
  }
  const hash = createHash("sha256");
  add(hash, real, "");
  return hash.digest("hex");
}

function add(hash: Hash, file: string, name: string): void {
  hash.update(`${name}\0`);
  const entry = lstatSync(file);
  if (!entry.isDirectory()) {
    const content = contentOf(file, entry);
    hash.update(`${content.length}\0`).update(content);
    return;
  }
  for (const inner of readdirSync(file).sort()) add(hash, path.join(file, inner), `${name}/${inner}`);
}

/** For a link, its target as text: following it could loop. */
function contentOf(file: string, entry: Stats): string | Buffer {
  if (entry.isSymbolicLink()) return readlinkSync(file);
  return entry.isFile() ? readFileSync(file) : "";
}
