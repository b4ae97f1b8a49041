import { Command, InvalidArgumentError } from "commander";
import { withInputOptions } from "../options/input";
import type { ViewOptions } from "../run/view";

/** `meshfence view`: the page of `reach --format html`, served on loopback and rebuilt whenever a file changes. */
export function viewCommand(): Command {
  return withInputOptions(
    new Command("view")
      .description("serve a page on this machine that shows who can talk to whom, and rebuild it when a file changes")
      .argument("[files...]", "manifests and folders of them (default: .)")
      .option("--port <number>", "the port on 127.0.0.1 (default: a free one)", portNumber)
      .addHelpText(
        "after",
        "\nIt runs until it is interrupted, and then exits with 0, or with 2 if the page shows input\nthat was not read whole. It also exits with 2 if it cannot serve the page.",
      ),
  ).action(async (files: string[], options: ViewOptions, command: Command) => {
    if (files.includes("-")) command.error("error: view watches files, not standard input; use reach --format html");
    const { runView } = await import("../run/view.js");
    process.exitCode = await runView(files.length === 0 ? ["."] : files, options);
  });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError("It must be a port, from 1 to 65535.");
  return port;
}
