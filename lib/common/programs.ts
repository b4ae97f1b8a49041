import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** A program on this machine. */
export interface Program {
  readonly file: string;
  /** Changes when the program is replaced. */
  readonly stamp: string;
}

/** The folders of the PATH. A relative one is passed over: what it holds depends on where a command is run, such as in a foreign repository. */
export const foldersOfPath = ({ PATH = "" }: NodeJS.ProcessEnv): string[] =>
  PATH.split(path.delimiter).filter(path.isAbsolute);

/** The program of this name in the first folder that has one. */
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
