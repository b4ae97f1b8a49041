import type { TextFile } from "../input/manifests/read";
import { type PlannedProgram, type PlanOptions, planAsJson } from "../plan";
import { plannedProgram } from "./planned-program";

/**
 * The manifests that a Pulumi program registers, as a file. What the program prints goes to the error stream.
 *
 * @returns nothing where the program cannot be run or fails, after saying why
 */
export async function programFile(options: PlanOptions): Promise<TextFile | undefined> {
  const planned = await plannedProgram(options);
  return planned && fileOfPlan(planned);
}

export function fileOfPlan({ plan }: Pick<PlannedProgram, "plan">): TextFile {
  return { file: planName(plan), text: planAsJson(plan) };
}

/** What the manifests of a plan are named by, where no file of the program has them. */
export function planName({ project }: Pick<PlannedProgram["plan"], "project">): string {
  return `plan of ${project}`;
}
