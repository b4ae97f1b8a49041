import { realpathSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../common/problem";
import { type ReadLimits, readText, unreadableWords } from "../input/files/bounded";
import type { LintProject } from "../lint/lint-manifests";
import { readLintSettings } from "../lint/settings/read";
import { defaultSettings } from "../lint/settings/settings";
import { nearestSettings, repositoryOf } from "./settings-file";

/**
 * The project that a folder belongs to: the nearest `meshfence.yaml` from it upwards, as far as its repository goes.
 *
 * @param file The settings, where they are named.
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

/** A project, and where it says so. */
export type Project = ReturnType<typeof lintProject>;

/**
 * The project that a change is held to: as its base has it, so that no change silences what is said of it. Other clusters that either names count.
 *
 * @param base What the settings of the base say; undefined where it has none.
 * @param name What the base is called.
 * @returns with a note where the change has other settings
 */
export function heldTo(
  project: Project,
  base: Pick<Project, "settings"> | undefined,
  name: string,
): { project: Project; notes: string[] } {
  const settings = base?.settings ?? defaultSettings;
  if (isDeepStrictEqual(settings, project.settings)) return { project, notes: [] };
  const clusters = [...new Set([...(settings.clusters ?? []), ...(project.settings.clusters ?? [])])];
  const notes = [`The change has another meshfence.yaml than ${name}: what lint says is by that of ${name}`];
  return { project: { ...project, settings: { ...settings, ...(clusters.length > 0 && { clusters }) } }, notes };
}

/** Other clusters, where the command line names none: those of the project. */
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

/** Where a link leads, as far as there is something. */
function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
