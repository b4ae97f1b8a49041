import { type Plan, type PlanOptions, planAsFiles, planAsJson, UserError, writePlanDirectory } from "../plan";
import { planAsMarkdown } from "../report/plan/markdown";
import { planAsText } from "../report/plan/text";
import type { Style } from "../report/style";
import { Exit } from "./input-options";
import { plannedProgram } from "./planned-program";
import { print, say, styleOf } from "./print";

export interface ShowPlanOptions extends PlanOptions {
  readonly format: "text" | "json" | "markdown";
  readonly out?: string;
}

/** Plans a program and prints the plan. Gives the exit status: 2 where there is no plan, after saying why. */
export async function showPlan(options: ShowPlanOptions): Promise<number> {
  const planned = await plannedProgram(options);
  if (planned === undefined) return Exit.BadInput;
  const { plan } = planned;
  try {
    if (options.out !== undefined) writePlanDirectory(options.out, planAsFiles(plan));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    return Exit.BadInput;
  }
  await print(render(plan, options.format, styleOf(process.stdout)));
  return Exit.Fine;
}

function render(plan: Plan, format: ShowPlanOptions["format"], style: Style): string {
  if (format === "json") return planAsJson(plan);
  return format === "markdown" ? planAsMarkdown(plan) : planAsText(plan, style);
}
