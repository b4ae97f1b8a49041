import { Command } from "commander";
import { stateHelp, withProgramOptions } from "../options/program";
import type { TargetOptions } from "../sandbox/target";

/** `meshfence up`: the sandbox, or a failure with the reason. */
export function upCommand(): Command {
  return withProgramOptions(new Command("up"))
    .description("bring up the sandbox, and fail if that is not possible")
    .option("--preview", "only show what Pulumi would change; needs no Docker")
    .option("--no-verify", "do not probe the sandbox afterwards")
    .addHelpText("after", stateHelp)
    .action(async (options: TargetOptions & { preview?: boolean; verify: boolean }) => {
      const { upOrFail } = await import("../run/sandbox.js");
      process.exitCode = await upOrFail(options);
    });
}
