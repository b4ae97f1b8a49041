import { Command, InvalidArgumentError, Option } from "commander";
import { withClusterOptions, withInputOptions } from "../options/input";
import { withPlanOptions } from "../options/program";
import type { LintFormat, LintOptions } from "../run/lint";

export const lintFormats = ["text", "json", "markdown", "sarif", "gitlab"] as const satisfies readonly LintFormat[];

/** `meshfence lint`: policies that do not do what they seem to. */
export function lintCommand(): Command {
  const command = withInputOptions(
    new Command("lint")
      .description("find policies that do not do what they seem to, with the reason and the fix")
      .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input (default: .)")
      .option("--scenario <file>", "a scenario as JSON, with endpoints and flows; the files then only provide policies")
      .option("--plan", "add the manifests of the Pulumi program (see --program, --config and --stack)")
      .addOption(
        new Option(
          "--format <format>",
          "output format; sarif is for code scanning, gitlab is a Code Quality report for merge requests",
        )
          .choices(lintFormats)
          .default("text"),
      )
      .option("--verbose", "list every place (by default, text has at most 60 lines)")
      .option("--max-warnings <number>", "exit with 1 if there are more warnings than this", count)
      .option("--baseline <file>", "leave out the findings in this file")
      .option("--update-baseline", "write the findings to the file of --baseline")
      .option(
        "--settings <file>",
        "severities and paths (default: the nearest meshfence.yaml, from this folder up to the root of the repository)",
      )
      .addHelpText(
        "after",
        "\nExit status: 0 no error found, 1 at least one error, or more warnings than --max-warnings, 2 the input could not be read whole.",
      ),
  );
  return withPlanOptions(withClusterOptions(command)).action(
    async (files: string[], options: LintOptions, command: Command) => {
      if (options.updateBaseline === true && options.baseline === undefined)
        command.error("error: --update-baseline writes the file that --baseline names");
      const { runLint } = await import("../run/lint.js");
      process.exitCode = await runLint(files, options);
    },
  );
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return Number(text);
}
