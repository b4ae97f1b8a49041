import {
  type Plan,
  type PlannedProgram,
  type PlanOptions,
  planAsFiles,
  planAsJson,
  UserError,
  writePlanDirectory,
} from "../../plan";
import { planAsMarkdown } from "../../report/plan/markdown";
import { planAsText } from "../../report/plan/text";
import type { Style } from "../../report/style";
import { plannedProgram } from "../input/planned-program";
import { fileOfPlan } from "../input/program";
import { Exit } from "../output/exit";
import { print, printNotices, reportProblems, say, styleOf } from "../output/print";

export interface PlanCommandOptions extends PlanOptions {
  readonly format: "text" | "json" | "markdown" | "html";
  readonly out?: string;
}

/** Plans a program and prints the plan. Returns the exit status: 2 if there is no plan, after saying why. */
export async function runPlan(options: PlanCommandOptions): Promise<number> {
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
  if (options.format === "html") return printPage(planned);
  await print(render(plan, options.format, styleOf(process.stdout)));
  return Exit.Fine;
}

/** Who could talk to whom if the plan were carried out, as a page. */
async function printPage(planned: PlannedProgram): Promise<number> {
  const [{ evaluate }, { pageOf }, { reachReport }, { manifestsOf }] = await Promise.all([
    import("../../manifests/evaluate.js"),
    import("../page/page.js"),
    import("../reports/reach.js"),
    import("../input/manifests.js"),
  ]);
  const input = { namespace: "default" };
  const evaluated = evaluate(manifestsOf([fileOfPlan(planned)], input), input);
  reportProblems(evaluated.problems);
  printNotices(evaluated, "html");
  const scenario = { ...evaluated.scenario, endpoints: [...reachReport(evaluated).endpoints] };
  await print(await pageOf(`the plan of ${planned.plan.project}`, [{ ...evaluated, scenario, name: "planned" }]));
  return evaluated.problems.length > 0 ? Exit.BadInput : Exit.Fine;
}

function render(plan: Plan, format: Exclude<PlanCommandOptions["format"], "html">, style: Style): string {
  if (format === "json") return planAsJson(plan);
  return format === "markdown" ? planAsMarkdown(plan) : planAsText(plan, style);
}
