import { statSync } from "node:fs";
import type { Command } from "commander";
import { formatProblem } from "../../common/problem";
import type { ReadLimits } from "../../input/files/bounded";
import { nearestSettings } from "./file";

/** Gives a command the clusters that the project's settings name, unless the command line names any. */
export async function projectClusters(command: Command, limits: ReadLimits): Promise<void> {
  const {
    program,
    settings: named,
    cluster,
  } = command.opts<{ program?: string; settings?: string; cluster?: string[] }>();
  if (cluster === undefined) command.setOptionValueWithSource("clustersOfProject", true, "config");
  const file = named ?? nearestSettings(program ?? ".");
  // A pipe can be read only once, and the command itself needs the rest of the settings.
  if (cluster !== undefined || file === undefined || !isFile(file)) return;
  const { lintProject } = await import("./project.js");
  const { settings, problems } = lintProject(program ?? ".", file, limits);
  const wrong = problems.find(({ path = [] }) => path[0] === "clusters");
  if (wrong !== undefined) command.error(formatProblem(wrong), { exitCode: 2 });
  if (settings.clusters !== undefined) command.setOptionValueWithSource("cluster", [...settings.clusters], "config");
}

/** Whether it is a regular file. If it cannot be read, the command itself says why. */
function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
