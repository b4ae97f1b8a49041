import { Command, InvalidArgumentError } from "commander";
import { COMMENT_LIMIT } from "../../report/pull-request/comment-limit";
import { withGateOptions } from "../options/gates";
import { withInputOptions } from "../options/input";
import { withPlanOptions } from "../options/program";
import { withTrafficOption } from "../options/traffic";

import type { PrOptions } from "../run/pr";

/** `meshfence pr`: what a pull request changes, as a comment on it. */
export function prCommand(): Command {
  const command = withInputOptions(
    new Command("pr")
      .description("plan a Pulumi program before and after a change, and write a comment for the pull request")
      .requiredOption("--base <revision>", "the git revision to compare with")
      .option("--head <revision>", "the revision with the change (default: the working tree)")
      .option(
        "--prepare <command>",
        "shell command that prepares a revision's program, run in the root of its checkout",
      )
      .option(
        "--live <file>",
        "output of `pulumi preview`, added at the end in a collapsed section; - is standard input",
      )
      .option(
        "--out <directory>",
        "write comment.md, manifests.diff, page.html, reachability.sarif and codequality.json there (default: print the comment)",
      )
      .option(
        "--show-outside",
        "name the outside addresses and DNS names of --traffic, which the comment and the page otherwise number",
      )
      .option("--limit <characters>", "the maximum length of the comment", atLeast(2000), COMMENT_LIMIT)
      .addHelpText(
        "after",
        `
Each revision is checked out temporarily beside the repository. It uses the working tree's node_modules if its package-lock.json is
the same; otherwise \`npm ci --ignore-scripts\` installs its own. --prepare runs only in that checkout.

Both programs are run: give them no credentials that their authors must not have.

Exit status: 0 --fail-on found nothing, 1 it found something, 2 a plan or a revision failed, or --fail-on found nothing and something
was not seen; the comment is written in any case.`,
      ),
  );
  return withPlanOptions(withTrafficOption(withGateOptions(command))).action(async (options: PrOptions) => {
    const { runPr } = await import("../run/pr.js");
    process.exitCode = await runPr(options);
  });
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    return value;
  };
}
