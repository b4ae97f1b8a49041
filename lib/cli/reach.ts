import { Command, Option } from "commander";
import { readsCluster, withClusterOptions, withInputOptions } from "./input-options";
import { withProgramOptions } from "./options";
import type { ReachFormat, ReachOptions } from "./show-reach";

export const reachFormats = [
  "text",
  "jsonl",
  "json",
  "markdown",
  "mermaid",
  "svg",
  "html",
] as const satisfies readonly ReachFormat[];

/** `meshfence reach`: who can talk to whom, from manifests, a scenario or a Pulumi program. */
export function reachCommand(): Command {
  const command = withInputOptions(
    new Command("reach")
      .description("say who can talk to whom, as Cilium would decide, without a cluster")
      .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input")
      .option("--scenario <file>", "a scenario in the oracle's format; the files then only give policies")
      .option("--plan", "add the manifests of the Pulumi program, to which --program, --config and --stack belong")
      .addOption(new Option("--format <format>", "how to print it").choices(reachFormats).default("text"))
      .addHelpText(
        "after",
        "\nExit status: 0 the input was read whole, 2 it was not (every problem is on the error stream).",
      ),
  );
  return withProgramOptions(withClusterOptions(command)).action(
    async (files: string[], options: ReachOptions, command: Command) => {
      if (files.length === 0 && options.plan !== true && !readsCluster(options)) {
        command.error("error: give files or folders with manifests, --plan, or --context");
      }
      const { showReach } = await import("./show-reach.js");
      process.exitCode = await showReach(files, options);
    },
  );
}
