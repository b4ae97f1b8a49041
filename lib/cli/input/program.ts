import type { TextFile } from "../../input/manifests/read";
import { type PlannedProgram, type PlanOptions, planAsJson } from "../../plan";
import { plannedProgram } from "./planned-program";

/**
 * The manifests that a Pulumi program registers, as a file. What the program prints goes to standard error.
 *
 * @returns Undefined if the program cannot be run or fails, after saying why.
 */
export async function programFile(options: PlanOptions): Promise<TextFile | undefined> {
  const planned = await plannedProgram(options);
  return planned && fileOfPlan(planned);
}

export function fileOfPlan({ plan }: Pick<PlannedProgram, "plan">): TextFile {
  return { file: planName(plan), text: planAsJson(plan) };
}

/** The file name that stands for a plan, for manifests that are in no file of the program. */
export function planName({ project }: Pick<PlannedProgram["plan"], "project">): string {
  return `plan of ${project}`;
}
