import { Command, Option } from "commander";
import { type InputOptions, withInputOptions } from "./input-options";

export const lintFormats = ["text", "json", "markdown"] as const;

export interface LintOptions extends InputOptions {
  scenario?: string;
  format: (typeof lintFormats)[number];
}

/** `meshfence lint`: policies that do not do what they seem to. */
export function lintCommand(): Command {
  return withInputOptions(
    new Command("lint")
      .description("find policies that do not do what they seem to, with the reason and the fix")
      .argument("<files...>", "manifests, folders of them, or plans as JSON; - is standard input")
      .option("--scenario <file>", "a scenario in the oracle's format; the files then only give policies")
      .addOption(new Option("--format <format>", "how to print it").choices(lintFormats).default("text"))
      .addHelpText(
        "after",
        "\nExit status: 0 no error found, 1 at least one error (warnings alone do not count), 2 the input could not be read whole.",
      ),
  ).action(async (files: string[], options: LintOptions) => {
    const { showLint } = await import("./show-lint.js");
    process.exitCode = await showLint(files, options);
  });
}
