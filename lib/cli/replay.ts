import { Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "./duration";
import { withClusterOptions, withInputOptions } from "./input-options";
import { withPlanOptions } from "./options";
import type { ReplayFormat, ReplayOptions } from "./show-replay";

export const replayFormats = ["text", "json", "markdown", "html"] as const satisfies readonly ReplayFormat[];

/** `meshfence replay`: what policies would have done to recorded traffic. */
export function replayCommand(): Command {
  const command = withTrafficOption(
    withInputOptions(
      new Command("replay")
        .description("show which recorded traffic the policies would have denied, and what they allow but nobody used")
        .argument("[files...]", "manifests, folders of them, or plans as JSON; - is standard input (default: .)")
        .option("--plan", "add the manifests of the Pulumi program (see --program, --config and --stack)")
        .option(
          "--fail-on <what>",
          "exit with 1 on would-deny: an edge that passed but that the policies deny",
          parseGate,
        )
        .option("--allow-unseen", "let --fail-on pass even if something could not be seen or decided")
        .addOption(new Option("--format <format>", "output format").choices(replayFormats).default("text"))
        .addHelpText(
          "after",
          "\nExit status: 0 the traffic was replayed, 1 --fail-on found something, 2 the input was not read whole,\nor --fail-on found nothing and something could not be seen or decided.",
        ),
    ),
  );
  return withClusterOptions(withPlanOptions(withOutsideOption(command))).action(
    async (files: string[], options: ReplayOptions, command: Command) => {
      if (options.traffic.length === 0) command.error("error: give --traffic with a recording");
      const { showReplay } = await import("./show-replay.js");
      process.exitCode = await showReplay(files, options);
    },
  );
}

/** Adds `--traffic`, which may be repeated. */
export function withTrafficOption(command: Command): Command {
  return command
    .option(
      "--traffic <path>",
      "recorded traffic, a file or a folder: Hubble's output, a response of Loki or Prometheus, a proxy's metrics; or relay, relay+tls and prometheus (those of the cluster), grpc://HOST:PORT or grpcs://HOST:PORT (a Relay), http://HOST:PORT (a Prometheus); may be repeated",
      (path: string, earlier: string[]) => [...earlier, path],
      [],
    )
    .option(
      "--for <time>",
      "how long to watch a Relay (default: 60s), how far back to query a Prometheus (default: 7d)",
      parseDuration,
    )
    .option(
      "--traffic-auth <file>",
      "credentials for a Prometheus or a Relay: authorization, basic_auth, http_headers and tls_config, as Prometheus writes them",
    );
}

/** Adds `--show-outside` and `--hide-outside`. */
export const withOutsideOption = (command: Command): Command =>
  command
    .option(
      "--show-outside",
      "name the outside addresses and DNS names of --traffic, which formats made to be passed on (all but text and json) otherwise number",
    )
    .addOption(
      new Option(
        "--hide-outside",
        "number the outside addresses and DNS names of --traffic in text and json, too",
      ).conflicts("showOutside"),
    );

function parseGate(text: string): "would-deny" {
  if (text !== "would-deny") throw new InvalidArgumentError("Expected would-deny.");
  return text;
}
