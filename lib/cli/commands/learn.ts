import { Command, Option } from "commander";
import { withClusterOptions, withInputOptions } from "../options/input";
import { withPlanOptions } from "../options/program";
import { withTrafficOption } from "../options/traffic";

import type { LearnCommandOptions, LearnFormat } from "../run/learn";

export const learnFormats = [
  "yaml",
  "patch",
  "typescript",
  "markdown",
  "json",
] as const satisfies readonly LearnFormat[];

/** `meshfence learn`: the policies that recorded traffic needs. */
export function learnCommand(): Command {
  const command = withTrafficOption(
    withInputOptions(
      new Command("learn")
        .description("write the smallest policies that admit recorded traffic, prove it, and say what else they allow")
        .argument(
          "[files...]",
          "manifests, folders of them, or plans as JSON: their policies are kept and extended (default: .)",
        )
        .option("--plan", "add the manifests of the Pulumi program (see --program, --config and --stack)")
        .option(
          "--only <name>",
          "a workload (shop/web) or a namespace to write policies for; may be repeated (default: all but the cluster's own)",
          (name: string, earlier: string[] = []) => [...earlier, name],
        )
        .option("--observe", "write policies that deny nothing yet: default deny off, Servers in audit mode")
        .option("--apply", "write the result to the files: new rules into existing policies, new policies beside them")
        .addOption(new Option("--format <format>", "output format").choices(learnFormats).default("yaml"))
        .addHelpText(
          "after",
          "\nExit status: 0 every edge that passed is allowed, 1 some are not, 2 the input was not read whole.",
        ),
    ),
  );
  return withClusterOptions(withPlanOptions(command)).action(
    async (files: string[], options: LearnCommandOptions, command: Command) => {
      if (options.traffic.length === 0) command.error("error: give --traffic with a recording");
      const { runLearn } = await import("../run/learn.js");
      process.exitCode = await runLearn(files, options);
    },
  );
}
