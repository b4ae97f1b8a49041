import { existsSync } from "node:fs";
import path from "node:path";

/** The name of a project's settings. */
export const settingsName = "meshfence.yaml";

function* upwards(folder: string): Iterable<string> {
  let at = path.resolve(folder);
  for (;;) {
    yield at;
    const above = path.dirname(at);
    if (above === at || existsSync(path.join(at, ".git"))) return;
    at = above;
  }
}

/** The settings of the project that a folder belongs to. */
export function nearestSettings(folder: string): string | undefined {
  for (const at of upwards(folder)) {
    const file = path.join(at, settingsName);
    if (existsSync(file)) return file;
  }
  return undefined;
}

/** The root of the repository that a folder is in; outside a repository, the folder itself. */
export function repositoryOf(folder: string): string {
  for (const at of upwards(folder)) if (existsSync(path.join(at, ".git"))) return at;
  return path.resolve(folder);
}
