import type { Command } from "commander";
import { formatProblem } from "../common/problem";
import { nearestSettings } from "./settings-file";

/** Gives a command the clusters that the project's settings name, unless the command line names any. */
export async function projectClusters(command: Command): Promise<void> {
  const {
    program,
    settings: named,
    cluster,
  } = command.opts<{ program?: string; settings?: string; cluster?: string[] }>();
  const file = named ?? nearestSettings(program ?? ".");
  if (cluster !== undefined || file === undefined) return;
  const { lintProject } = await import("./lint-project.js");
  const { settings, problems } = lintProject(program ?? ".", file);
  const wrong = problems.find(({ path = [] }) => path[0] === "clusters");
  if (wrong !== undefined) command.error(formatProblem(wrong), { exitCode: 2 });
  if (settings.clusters !== undefined) command.setOptionValueWithSource("cluster", [...settings.clusters], "config");
}
