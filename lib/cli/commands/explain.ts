import { Command, Option } from "commander";
import { withClusterOptions, withInputOptions } from "../options/input";
import { withPlanOptions } from "../options/program";
import type { ExplainFormat, ExplainOptions } from "../run/explain";

export const explainFormats = ["text", "json"] as const satisfies readonly ExplainFormat[];

/** `meshfence explain`: why one flow passes or does not. */
export function explainCommand(): Command {
  const command = withInputOptions(
    new Command("explain")
      .description("explain why a connection is allowed or denied, rule by rule")
      .argument("<from>", "the client: a name (shop/web), labels (app=web), an address, a DNS name, world")
      .argument("<to>", "the server, in the same forms")
      .argument("<port>", "the port: 5432, 53/UDP, a port's name, icmp")
      .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input (default: .)")
      .option("--scenario <file>", "a scenario as JSON, with endpoints and flows; the files then only provide policies")
      .option("--plan", "add the manifests of the Pulumi program (see --program, --config and --stack)")
      .option("--apply", "write the proposed change to the files: it opens a denied flow, and closes an allowed one")
      .addOption(new Option("--format <format>", "output format").choices(explainFormats).default("text"))
      .addHelpText(
        "after",
        "\nExit status: 0 the connection was explained, 2 no endpoint has that name, or the input was not read whole.",
      ),
  );
  return withPlanOptions(withClusterOptions(command)).action(
    async (from: string, to: string, port: string, files: string[], options: ExplainOptions) => {
      const { runExplain } = await import("../run/explain.js");
      process.exitCode = await runExplain({ from, to, port }, files, options);
    },
  );
}
