import { Command, InvalidArgumentError, Option } from "commander";
import { withClusterOptions, withInputOptions } from "../options/input";
import { withPlanOptions } from "../options/program";
import { withOutsideOption, withTrafficOption } from "../options/traffic";
import { writtenOptions } from "../options/written";

import type { RolloutFormat, RolloutOptions } from "../run/rollout";
import { learnCommand } from "./learn";

export const rolloutFormats = ["text", "json", "markdown"] as const satisfies readonly RolloutFormat[];

/** `meshfence rollout`: how far each workload is on its way to enforced policies. */
export function rolloutCommand(): Command {
  const command = withTrafficOption(
    withInputOptions(
      new Command("rollout")
        .description("show how far each workload is from enforced policies, and the next safe step")
        .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input (default: .)")
        .option("--plan", "add the manifests of the Pulumi program (see --program, --config and --stack)")
        .option("--days <n>", "days without a would-be denial before a step is safe", positive, 7)
        .option(
          "--only <name>",
          "a workload (shop/web) or a namespace; may be repeated (default: all but the cluster's own)",
          (name: string, earlier: string[] = []) => [...earlier, name],
        )
        .addOption(new Option("--format <format>", "output format").choices(rolloutFormats).default("text"))
        .addHelpText(
          "after",
          "\nExit status: 0 the state of every workload was shown, 2 the input was not read whole.",
        ),
    ),
  );
  const written = writtenOptions(withClusterOptions(withPlanOptions(withOutsideOption(command))), learnCommand());
  return command.action(async (files: string[], options: RolloutOptions, command: Command) => {
    if (options.traffic.length === 0) command.error("error: give --traffic with a recording");
    const { runRollout } = await import("../run/rollout.js");
    process.exitCode = await runRollout(files, options, written());
  });
}

function positive(text: string): number {
  const days = Number(text);
  if (!(days > 0)) throw new InvalidArgumentError("Expected a number of days above 0.");
  return days;
}
