import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** Caches rendered output on disk, by a digest of all its inputs. */
export class RenderCache {
  private wrote = false;

  /** @param folder Default: `meshfence/render` in the user's cache folder. If the user has none, nothing is cached. */
  constructor(private readonly folder: string | undefined = cacheFolder()) {}

  /** A digest of the tool, its arguments, and every file with its content. */
  static keyOf(parts: readonly string[], files: ReadonlyMap<string, Uint8Array>): string {
    const hash = createHash("sha256").update(JSON.stringify(parts));
    for (const [file, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(`\0${file}\0${content.length}\0`).update(content);
    }
    return hash.digest("hex");
  }

  get(key: string): string | undefined {
    if (this.folder === undefined) return undefined;
    try {
      const file = path.join(this.folder, key);
      const text = readFileSync(file, "utf8");
      utimesSync(file, new Date(), new Date());
      return text;
    } catch {
      return undefined;
    }
  }

  /** Stores an output. Does nothing if the folder cannot be written. */
  set(key: string, text: string): void {
    if (this.folder === undefined) return;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const file = path.join(this.folder, key);
      const temporary = `${file}.${process.pid}`;
      writeFileSync(temporary, text, { mode: 0o600 });
      renameSync(temporary, file);
      this.wrote = true;
    } catch {
      // The cache is optional.
    }
  }

  /** Removes the least recently used outputs beyond `most`. */
  prune(most = 4000): void {
    if (!this.wrote || this.folder === undefined) return;
    try {
      const folder = this.folder;
      const names = readdirSync(folder);
      if (names.length <= most) return;
      const aged = names.map((name) => ({ name, used: statSync(path.join(folder, name)).mtimeMs }));
      aged.sort((a, b) => a.used - b.used);
      for (const { name } of aged.slice(0, names.length - most / 2)) rmSync(path.join(folder, name), { force: true });
    } catch {
      // Another process may be removing them, too.
    }
  }
}

function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME } = process.env;
  try {
    return path.join(XDG_CACHE_HOME || path.join(homedir(), ".cache"), "meshfence", "render");
  } catch {
    return undefined;
  }
}
