import { Command, InvalidArgumentError, Option } from "commander";
import type { State } from "../../reachability/verdict";
import { withClusterOptions, withInputOptions } from "../options/input";
import { collect, withPlanOptions } from "../options/program";
import type { ReachFormat, ReachOptions } from "../run/reach";

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
      .description("show who can talk to whom, as Cilium and Linkerd would decide, without a cluster")
      .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input (default: .)")
      .option("--scenario <file>", "a scenario as JSON, with endpoints and flows; the files then only provide policies")
      .option("--plan", "add the manifests of the Pulumi program (see --program, --config and --stack)")
      .addOption(new Option("--format <format>", "output format").choices(reachFormats).default("text"))
      .option(
        "--from <who>",
        "only this source: a name (shop/web), labels (app=web), an address, a DNS name, world",
        collect,
        [],
      )
      .option("--to <who>", "only this destination, in the same forms", collect, [])
      .option("--port <port>", "only this port: 5432, 53/UDP, a port's name, icmp")
      .addOption(
        new Option("--only <what>", "only these verdicts, separated by commas: allowed, denied, unknown").argParser(
          states,
        ),
      )
      .option("--verbose", "list every destination (by default, text has at most 60 lines on a terminal)")
      .addHelpText(
        "after",
        "\nExit status: 0 the input was read whole, 2 it was not (the problems are on standard error).",
      ),
  );
  return withPlanOptions(withClusterOptions(command)).action(
    async (files: string[], options: ReachOptions, command: Command) => {
      if (options.format === "html" && (options.port !== undefined || options.only !== undefined))
        command.error(
          "error: the page of --format html has its own filters for ports and verdicts; leave --port and --only out",
        );
      const { runReach } = await import("../run/reach.js");
      process.exitCode = await runReach(files, options);
    },
  );
}

const known = ["allowed", "denied", "unknown"] as const satisfies readonly State[];

function states(text: string): State[] {
  return text.split(",").map((word) => {
    const state = known.find((one) => one === word.trim());
    if (state === undefined) throw new InvalidArgumentError(`It must be one of ${known.join(", ")}.`);
    return state;
  });
}
