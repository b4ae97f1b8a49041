import { existsSync } from "node:fs";
import type { ClusterChoice } from "../../cluster";
import { UserError } from "../../common/user-error";
import { inOrderOfTime, sourcesOf, unreadable } from "../../traffic/files";
import type { Credentials } from "../../traffic/live/credentials";
import type { AskPrometheus } from "../../traffic/live/prometheus";
import { TrafficReader } from "../../traffic/read";
import type { Traffic } from "../../traffic/traffic";
import { type InputOptions, limitsOf } from "../options/input";
import { say } from "../output/print";
import { withoutPassword } from "../output/without-password";

/** Where to read traffic, and for how long. */
export interface TrafficOptions extends Pick<InputOptions, "context" | "kubeconfig" | "maxWait"> {
  traffic: readonly string[];
  /** Seconds. */
  for?: number;
  /** A file with credentials for the sources, as {@link credentialsIn} reads it. */
  trafficAuth?: string;
}

const inCluster = ["relay", "relay+tls", "prometheus"];
/** Whether to ask a service. A file or folder named `prometheus` takes precedence. */
const isLive = (name: string) => (inCluster.includes(name) && !existsSync(name)) || /^(grpcs?|https?):\/\//i.test(name);
/** Defaults: flows are watched live, while counters reach back as far as Prometheus keeps them. */
const defaults = { relay: 60, prometheus: 7 * 86_400 };
/** Relay's certificate names `*.hubble-relay.cilium.io` (Cilium's chart), whatever its address. */
const RELAY_NAME = "instance.hubble-relay.cilium.io";

/**
 * Reads traffic from files and folders, from the cluster's `relay`, `relay+tls` or `prometheus`, from a Relay at `grpc://HOST:PORT` or (with TLS)
 * `grpcs://HOST:PORT`, and from a Prometheus at `http://HOST:PORT`. A source that cannot be read is a problem in the result.
 */
export async function recordedTraffic(options: TrafficOptions): Promise<Traffic> {
  const reader = new TrafficReader(limitsOf(options).wait);
  const { sources, problems } = sourcesOf(options.traffic.filter((name) => !isLive(name)));
  reader.problems.push(...problems);
  for (const source of await inOrderOfTime(sources)) await reader.read(source);
  for (const name of options.traffic.filter(isLive)) {
    try {
      await readLive(name, reader, options);
    } catch (error) {
      reader.problems.push(unreadable(withoutPassword(name), error));
    }
  }
  return reader.traffic();
}

/**
 * Whether to number outside addresses and DNS names instead of naming them. Text and JSON are for the user who runs the command; every other format is
 * meant to be passed on. To pass on text or JSON, set `hideOutside`.
 */
export const hidesOutside = ({ format, showOutside = false, hideOutside = false }: OutsideOptions): boolean =>
  hideOutside || (format !== "text" && format !== "json" && !showOutside);

/** Options for naming what is outside the cluster. */
export interface OutsideOptions {
  format: string;
  /** Default: false. */
  showOutside?: boolean;
  /** Default: false. */
  hideOutside?: boolean;
}

async function readLive(given: string, reader: TrafficReader, options: TrafficOptions): Promise<void> {
  const name = given.replace(/^\w+(?=:\/\/)/, (scheme) => scheme.toLowerCase());
  const { context, kubeconfig, trafficAuth } = options;
  const { credentialsIn, noCredentials } = await import("../../traffic/live/credentials.js");
  const credentials = trafficAuth === undefined ? noCredentials : credentialsIn(trafficAuth);
  const { headers, tls } = credentials;
  const byTls = withTls(name);
  if (byTls !== undefined && Object.keys(tls).length > 0)
    throw new UserError(`tls_config of --traffic-auth needs TLS; give ${byTls}`);
  const choice = { ...(context !== undefined && { context }), ...(kubeconfig !== undefined && { kubeconfig }) };
  if (name === "prometheus" || name.startsWith("http")) {
    const { prometheusAt, queryPrometheus } = await import("../../traffic/live/prometheus.js");
    const ask = name === "prometheus" ? await prometheusIn(choice, headers) : prometheusAt(name, credentials);
    for (const answer of await queryPrometheus(ask, options.for ?? defaults.prometheus))
      reader.readAnswer(answer, withoutPassword(name));
    return;
  }
  const seconds = options.for ?? defaults.relay;
  const { observeRelay } = await import("../../traffic/live/relay.js");
  const take = (event: Parameters<TrafficReader["readEvent"]>[0]) => reader.readEvent(event, withoutPassword(name));
  say(`watching flows for ${seconds} s`);
  if (name.startsWith("grpc")) return observeRelay({ url: name.replace(/^grpc/, "http"), headers, tls }, seconds, take);
  const { openRelay } = await import("../../cluster/index.js");
  const { connection, close } = await openRelay(choice, { seconds: 30 });
  const address =
    name === "relay"
      ? { url: "http://localhost" }
      : { url: "https://localhost", tls: { servername: RELAY_NAME, ...tls } };
  try {
    await observeRelay({ ...address, headers, connection }, seconds, take);
  } finally {
    close();
  }
}

/** The TLS form of a source without TLS. Undefined for a Prometheus at an address, which may share its credentials with one that has TLS. */
function withTls(name: string): string | undefined {
  if (name === "prometheus") return "its address, https://…";
  if (name === "relay") return "relay+tls";
  return name.startsWith("grpc:") ? "grpcs://" : undefined;
}

async function prometheusIn(choice: ClusterChoice, headers: Credentials["headers"]): Promise<AskPrometheus> {
  const { openPrometheus } = await import("../../cluster/index.js");
  const get = await openPrometheus(choice, { seconds: 60 }, headers);
  return async (path) => ({ status: 200, body: await get(path) });
}
