import { realpathSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../../common/problem";
import { type ReadLimits, readText, unreadableWords } from "../../input/files/bounded";
import type { LintProject } from "../../lint/lint-manifests";
import { readLintSettings } from "../../lint/settings/read";
import { defaultSettings } from "../../lint/settings/settings";
import { nearestSettings, repositoryOf } from "./file";

/**
 * The project that a folder belongs to: that of the nearest `meshfence.yaml` from the folder upwards, within its repository.
 *
 * @param file The settings file. Default: the nearest one.
 */
export function lintProject(
  folder: string,
  file?: string,
  limits?: ReadLimits,
): LintProject & { root: string; problems: Problem[] } {
  const found = file ?? nearestSettings(folder);
  const root = found === undefined ? repositoryOf(folder) : path.dirname(path.resolve(found));
  const relative = relativeTo(root);
  if (found === undefined) return { root, relative, settings: defaultSettings, problems: [] };
  const shown = file ?? (path.relative(process.cwd(), found) || found);
  let text: string;
  try {
    text = readText(found, limits);
  } catch (error) {
    const unreadable = { code: "unreadable", file: shown, message: unreadableWords(error) };
    return { root, relative, settings: defaultSettings, problems: [unreadable] };
  }
  return { root, relative, ...readLintSettings(text, shown) };
}

/** A project, with its root folder and the problems of its settings. */
export type Project = ReturnType<typeof lintProject>;

/**
 * The project with the settings of the change's base, so that no change can silence findings about itself. Clusters that either side names count.
 *
 * @param base The settings of the base; undefined if it has none.
 * @param name The name of the base, for people.
 * @returns With a note if the change has other settings.
 */
export function withBaseSettings(
  project: Project,
  base: Pick<Project, "settings"> | undefined,
  name: string,
): { project: Project; notes: string[] } {
  const settings = base?.settings ?? defaultSettings;
  if (isDeepStrictEqual(settings, project.settings)) return { project, notes: [] };
  const clusters = [...new Set([...(settings.clusters ?? []), ...(project.settings.clusters ?? [])])];
  const notes = [`The change has a different meshfence.yaml than ${name}; lint uses the one of ${name}`];
  return { project: { ...project, settings: { ...settings, ...(clusters.length > 0 && { clusters }) } }, notes };
}

/** The options with the project's clusters, if the command line names none. */
export function clustersOf<Options extends { cluster?: string[]; clustersOfProject?: boolean }>(
  options: Options,
  { settings: { clusters } }: LintProject,
): Options {
  return options.clustersOfProject === true && clusters !== undefined
    ? { ...options, cluster: [...clusters] }
    : options;
}

/** Paths below a folder, with slashes. */
export function relativeTo(root: string): (file: string) => string | undefined {
  const base = real(root);
  return (file) => {
    const relative = path.relative(base, real(path.resolve(file))).replaceAll(path.sep, "/");
    return relative === "" || relative.startsWith("../") || path.isAbsolute(relative) ? undefined : relative;
  };
}

/** The target of a link; the name itself if there is nothing. */
function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
