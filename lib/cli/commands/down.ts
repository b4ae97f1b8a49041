import { Command } from "commander";
import { stateHelp, withProgramOptions } from "../options/program";
import type { TargetOptions } from "../sandbox/target";

/** `meshfence down`: removes the sandbox, its cluster and its stack. */
export function downCommand(): Command {
  return withProgramOptions(new Command("down"))
    .description("remove the sandbox and everything that belongs to it")
    .addHelpText("after", stateHelp)
    .action(async (options: TargetOptions) => {
      const { takeDown } = await import("../run/sandbox.js");
      process.exitCode = await takeDown(options);
    });
}
