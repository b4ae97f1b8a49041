import { Command, Option } from "commander";
import { readsCluster, withClusterOptions, withInputOptions } from "./input-options";
import { withProgramOptions } from "./options";
import type { LintFormat, LintOptions } from "./show-lint";

export const lintFormats = ["text", "json", "markdown"] as const satisfies readonly LintFormat[];

/** `meshfence lint`: policies that do not do what they seem to. */
export function lintCommand(): Command {
  const command = withInputOptions(
    new Command("lint")
      .description("find policies that do not do what they seem to, with the reason and the fix")
      .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input")
      .option("--scenario <file>", "a scenario in the oracle's format; the files then only give policies")
      .option("--plan", "add the manifests of the Pulumi program, to which --program, --config and --stack belong")
      .addOption(new Option("--format <format>", "how to print it").choices(lintFormats).default("text"))
      .addHelpText(
        "after",
        "\nExit status: 0 no error found, 1 at least one error (warnings alone do not count), 2 the input could not be read whole.",
      ),
  );
  return withProgramOptions(withClusterOptions(command)).action(
    async (files: string[], options: LintOptions, command: Command) => {
      if (files.length === 0 && options.plan !== true && !readsCluster(options)) {
        command.error("error: give files or folders with manifests, --plan, or --context");
      }
      const { showLint } = await import("./show-lint.js");
      process.exitCode = await showLint(files, options);
    },
  );
}
