import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** A program on this machine. */
export interface Program {
  readonly file: string;
  /** Changes when the program is replaced. */
  readonly stamp: string;
}

/** The absolute folders of the PATH. Relative ones are skipped, because they depend on the working directory, which may be an untrusted repository. */
export const foldersOfPath = ({ PATH = "" }: NodeJS.ProcessEnv): string[] =>
  PATH.split(path.delimiter).filter(path.isAbsolute);

/** The first program with this name in the folders. */
export function findProgram(name: string, folders: readonly string[]): Program | undefined {
  const suffix = process.platform === "win32" ? ".exe" : "";
  for (const folder of folders) {
    const file = path.join(folder, name + suffix);
    try {
      accessSync(file, constants.X_OK);
      const stat = statSync(file);
      if (stat.isFile()) return { file, stamp: `${file} ${stat.size} ${stat.mtimeMs}` };
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
