import type { Command } from "commander";

/** The options of every command that works on a Pulumi program. */
export function withProgramOptions(command: Command): Command {
  return command
    .option("--program <directory>", "directory of a Pulumi.yaml (default: the nearest one above)")
    .option("--config <key=value>", "set configuration; may be repeated", collect, [])
    .option(
      "--stack <name>",
      "stack whose Pulumi.<stack>.yaml is used (default: PULUMI_STACK, the one that `pulumi stack select` chose, the only one, or dev)",
    );
}

/** The options of every command that plans a Pulumi program. */
export function withPlanOptions(command: Command): Command {
  return withProgramOptions(command).option(
    "--provider <name>",
    "for a program with several clusters: the Kubernetes provider of the one to use (`default`: that of resources without a provider)",
  );
}

/** Where the state is kept, for the help of the commands that use it. */
export const stateHelp = `
Pulumi's state goes where you configured it: PULUMI_BACKEND_URL, \`pulumi login\`, or
Pulumi.yaml. Otherwise it goes to a folder of yours, XDG_DATA_HOME/meshfence (by
default ~/.local/share/meshfence). Secrets in it are encrypted with a random
passphrase in the file "passphrase" there, unless you set PULUMI_CONFIG_PASSPHRASE or
PULUMI_CONFIG_PASSPHRASE_FILE. Keep that file as long as the stack exists.`;

/** Collects the values of an option that may be repeated. */
export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
