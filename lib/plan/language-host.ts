import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { findProgram, foldersOfPath } from "../common/programs";

/** The program that runs programs of one language, such as `pulumi-language-python`. */
export interface LanguageHost {
  readonly name: string;
  readonly file: string;
}

/** Pulumi's name for the language host of a runtime; undefined if the runtime's name cannot be part of a command's. */
export const hostNameOf = (runtime: string): string | undefined =>
  /^[a-z][a-z0-9-]*$/.test(runtime) ? `pulumi-language-${runtime}` : undefined;

/** The installed host of a runtime: on the PATH, beside Pulumi's CLI, or the newest among Pulumi's plugins. */
export function findHost(runtime: string, env: NodeJS.ProcessEnv = process.env): LanguageHost | undefined {
  const name = hostNameOf(runtime);
  if (name === undefined) return undefined;
  const home = env.PULUMI_HOME || path.join(env.HOME || homedir(), ".pulumi");
  const plugins = path.join(home, "plugins");
  const folders = [...foldersOfPath(env), path.join(home, "bin"), ...pluginFolders(plugins, `language-${runtime}-v`)];
  const program = findProgram(name, folders);
  return program && { name, file: program.file };
}

/** The folders of a plugin's versions, the newest first. */
function pluginFolders(plugins: string, prefix: string): string[] {
  let names: string[];
  try {
    names = readdirSync(plugins);
  } catch {
    return [];
  }
  const byNumbers = new Intl.Collator("en", { numeric: true });
  return names
    .filter((name) => name.startsWith(prefix) && !name.endsWith(".lock") && !name.endsWith(".partial"))
    .sort((a, b) => byNumbers.compare(b, a))
    .map((name) => path.join(plugins, name));
}
