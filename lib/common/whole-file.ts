import { randomBytes } from "node:crypto";
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * Writes a file atomically: a full disk or a kill leaves the old file. Symbolic links stay links, and a file keeps its mode. Anything but a regular
 * file, such as `/dev/stdout`, is written to directly.
 *
 * @param mode The mode of a new file.
 */
export function writeWhole(file: string, text: string, mode = 0o666): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) {
    writeFileSync(file, text);
    return;
  }
  const target = there === undefined ? file : realpathSync(file);
  const draft = path.join(
    path.dirname(target),
    `.${path.basename(target).slice(0, 100)}.${randomBytes(6).toString("hex")}`,
  );
  try {
    writeFileSync(draft, text, { mode, flag: "wx", flush: true });
    if (there !== undefined) chmodSync(draft, there.mode);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}
