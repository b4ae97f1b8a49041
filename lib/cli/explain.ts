import { Command, Option } from "commander";
import { withClusterOptions, withInputOptions } from "./input-options";
import { withProgramOptions } from "./options";
import type { ExplainFormat, ExplainOptions } from "./show-explain";

export const explainFormats = ["text", "json"] as const satisfies readonly ExplainFormat[];

/** `meshfence explain`: why one flow passes or does not. */
export function explainCommand(): Command {
  const command = withInputOptions(
    new Command("explain")
      .description("say why one may talk to another or may not, rule by rule")
      .argument("<from>", "who connects: a name (shop/web), labels (app=web), an address, a DNS name, world")
      .argument("<to>", "who is connected to, likewise")
      .argument("<port>", "what is asked for: 5432, 53/UDP, a port's name, icmp")
      .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input (default: .)")
      .option("--scenario <file>", "a scenario in the oracle's format; the files then only give policies")
      .option("--plan", "add the manifests of the Pulumi program, to which --program, --config and --stack belong")
      .option(
        "--apply",
        "write the proposed change into the files: the flow is opened where it is denied, closed where it is allowed",
      )
      .addOption(new Option("--format <format>", "how to print it").choices(explainFormats).default("text"))
      .addHelpText(
        "after",
        "\nExit status: 0 it was explained, 2 nobody is called so or the input was not read whole.",
      ),
  );
  return withProgramOptions(withClusterOptions(command)).action(
    async (from: string, to: string, port: string, files: string[], options: ExplainOptions) => {
      const { showExplain } = await import("./show-explain.js");
      process.exitCode = await showExplain({ from, to, port }, files, options);
    },
  );
}
