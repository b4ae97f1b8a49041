import { type Command, Option } from "commander";
import { parseDuration } from "./duration";

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
