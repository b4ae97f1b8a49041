import { Command, InvalidArgumentError, Option } from "commander";
import { withClusterOptions, withInputOptions } from "../options/input";
import { withPlanOptions } from "../options/program";
import { withOutsideOption, withTrafficOption } from "../options/traffic";
import type { ReplayFormat, ReplayOptions } from "../run/replay";

export const replayFormats = ["text", "json", "markdown", "html"] as const satisfies readonly ReplayFormat[];

/** `meshfence replay`: what policies would have done to recorded traffic. */
export function replayCommand(): Command {
  const command = withTrafficOption(
    withInputOptions(
      new Command("replay")
        .description("show which recorded traffic the policies would have denied, and what they allow but nobody used")
        .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input (default: .)")
        .option("--plan", "add the manifests of the Pulumi program (see --program, --config and --stack)")
        .option(
          "--fail-on <what>",
          "exit with 1 on would-deny: an edge that passed but that the policies deny",
          parseGate,
        )
        .option("--allow-unseen", "let --fail-on pass even if something could not be seen or decided")
        .addOption(new Option("--format <format>", "output format").choices(replayFormats).default("text"))
        .addHelpText(
          "after",
          "\nExit status: 0 the traffic was replayed, 1 --fail-on found something, 2 the input was not read whole,\nor --fail-on found nothing and something could not be seen or decided.",
        ),
    ),
  );
  return withClusterOptions(withPlanOptions(withOutsideOption(command))).action(
    async (files: string[], options: ReplayOptions, command: Command) => {
      if (options.traffic.length === 0) command.error("error: give --traffic with a recording");
      const { runReplay } = await import("../run/replay.js");
      process.exitCode = await runReplay(files, options);
    },
  );
}

function parseGate(text: string): "would-deny" {
  if (text !== "would-deny") throw new InvalidArgumentError("Expected would-deny.");
  return text;
}
