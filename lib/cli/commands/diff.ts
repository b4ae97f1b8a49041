import { Command, Option } from "commander";
import { withGateOptions } from "../options/gates";
import { withClusterOptions, withInputOptions } from "../options/input";
import { collect } from "../options/program";
import { withOutsideOption, withTrafficOption } from "../options/traffic";

import type { DiffFormat, DiffOptions } from "../run/diff";

export const diffFormats = [
  "text",
  "markdown",
  "json",
  "sarif",
  "mermaid",
  "svg",
  "html",
] as const satisfies readonly DiffFormat[];

/** Two revisions as git writes them, `A..B` and `A..` for HEAD; or one. */
function range(revision: string): [string, string | undefined] {
  const [, before, after] = /^(.*[^.])\.\.((?!\.).*)$/.exec(revision) ?? [];
  return before === undefined ? [revision, undefined] : [before, after || "HEAD"];
}

/** `meshfence diff`: what a change opens, closes and changes. */
export function diffCommand(): Command {
  const command = withInputOptions(
    new Command("diff")
      .description("show what a change of manifests opens and closes, opened edges first")
      .argument(
        "<before>",
        "the state before: a folder, a file or a plan as JSON; with --git a revision, or two as A..B",
      )
      .argument("[after]", "the state after; with --git by default the working tree")
      .option("--live", "compare a running cluster with the same cluster after applying <before>, files or a folder")
      .option("--git", "compare revisions of the repository of the working directory")
      .option("--path <path>", "with --git: only manifests below this path; may be repeated", collect, [])
      .addOption(new Option("--format <format>", "output format").choices(diffFormats).default("text"))
      .option("--verbose", "list every change (by default, text has at most 60 lines on a terminal)")
      .addHelpText(
        "after",
        "\nExit status: 0 --fail-on found nothing, 1 it found something, 2 the command line is wrong, either state could not\nbe read whole, or --fail-on found nothing and something was not seen.",
      ),
  );
  return withClusterOptions(withOutsideOption(withTrafficOption(withGateOptions(command)))).action(
    async (first: string, second: string | undefined, options: DiffOptions, command: Command) => {
      const [before, after] = options.git === true && second === undefined ? range(first) : [first, second];
      if (after === undefined && options.git !== true && options.live !== true)
        command.error("error: missing required argument 'after'");
      if (options.live === true && (after !== undefined || options.git === true))
        command.error("error: --live takes the manifests to apply, and nothing else");
      if (options.path.length > 0 && options.git !== true) command.error("error: --path goes with --git");
      const { runDiff } = await import("../run/diff.js");
      process.exitCode = await runDiff(before, after, options);
    },
  );
}
