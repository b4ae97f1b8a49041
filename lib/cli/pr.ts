import { Command, InvalidArgumentError } from "commander";
import { COMMENT_LIMIT } from "../report/pull-request/comment-limit";
import { withGateOptions } from "./gates";
import { withInputOptions } from "./input-options";
import { withProgramOptions } from "./options";
import { withTrafficOption } from "./replay";
import type { PrOptions } from "./show-pr";

/** `meshfence pr`: what a pull request does, as the comment that stands under it. */
export function prCommand(): Command {
  const command = withInputOptions(
    new Command("pr")
      .description("plan a Pulumi program before and after a change, and write the comment for its pull request")
      .requiredOption("--base <revision>", "the git revision to compare with")
      .option("--head <revision>", "the revision with the change (default: the working tree)")
      .option(
        "--prepare <command>",
        "shell command that prepares a revision's program, run in the root of its checkout",
      )
      .option("--live <file>", "output of `pulumi preview`, folded at the end; - is standard input")
      .option(
        "--out <directory>",
        "write comment.md, manifests.diff, page.html, reachability.sarif and codequality.json there (default: print the comment)",
      )
      .option("--limit <characters>", "the maximum length of the comment", atLeast(2000), COMMENT_LIMIT)
      .addHelpText(
        "after",
        `
A revision is checked out beside the repository for as long as it takes. It uses the working tree's node_modules where its
package-lock.json is the same; otherwise its own are installed with \`npm ci --ignore-scripts\`. --prepare runs in that checkout only.

The programs are run: give them no credentials that their authors should not have.

Exit status: 0 nothing that --fail-on names, 1 something of it, 2 a plan or a revision could not be had, or --fail-on found nothing and
something was not seen; the comment is written all the same.`,
      ),
  );
  return withProgramOptions(withTrafficOption(withGateOptions(command))).action(async (options: PrOptions) => {
    const { showPr } = await import("./show-pr.js");
    process.exitCode = await showPr(options);
  });
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number from ${least} on.`);
    return value;
  };
}
