import { Command, Option } from "commander";
import { withPlanOptions } from "../options/program";
import { renderOption } from "../options/render";
import type { PlanCommandOptions } from "../run/plan";

export const planFormats = [
  "text",
  "json",
  "markdown",
  "html",
] as const satisfies readonly PlanCommandOptions["format"][];

/** `meshfence plan`: what a Pulumi program would create, in which order, without Pulumi. */
export function planCommand(): Command {
  return withPlanOptions(new Command("plan"))
    .description("show what a Pulumi program would create, and in which order, with Node alone")
    .addOption(new Option("--format <format>", "output format").choices(planFormats).default("text"))
    .addOption(renderOption())
    .option("--out <directory>", "also write each Kubernetes object and each Helm release's values to this directory")
    .action(async (options: PlanCommandOptions) => {
      const { runPlan } = await import("../run/plan.js");
      process.exitCode = await runPlan(options);
    });
}
