import { Command } from "commander";
import { stateHelp, withProgramOptions } from "../options/program";
import type { TargetOptions } from "../sandbox/target";

/** `meshfence start`: the sandbox if this machine can run it, otherwise its plan. */
export function startCommand(): Command {
  return withProgramOptions(new Command("start"))
    .description("bring up the sandbox, or show its plan and what is missing here")
    .option("--no-verify", "do not probe the sandbox afterwards")
    .addHelpText("after", stateHelp)
    .action(async (options: TargetOptions & { verify: boolean }) => {
      const { start } = await import("../run/sandbox.js");
      process.exitCode = await start(options);
    });
}
