import type { Command } from "commander";

/** The options of every command that works on a Pulumi program. */
export function withProgramOptions(command: Command): Command {
  return command
    .option("--program <directory>", "directory of a Pulumi.yaml (default: the nearest one upwards)")
    .option("--config <key=value>", "set configuration; may be repeated", collect, [])
    .option("--stack <name>", "stack whose Pulumi.<stack>.yaml is used (default: PULUMI_STACK, the only one, or dev)");
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
