import { existsSync } from "node:fs";
import type { ClusterChoice } from "../cluster";
import { UserError } from "../common/user-error";
import { inOrderOfTime, sourcesOf, unreadable } from "../traffic/files";
import type { Credentials } from "../traffic/live/credentials";
import type { AskPrometheus } from "../traffic/live/prometheus";
import { TrafficReader } from "../traffic/read";
import type { Traffic } from "../traffic/traffic";
import { type InputOptions, limitsOf } from "./input-options";
import { say } from "./print";

/** Where to read traffic, and for how long to ask for it. */
export interface TrafficOptions extends Pick<InputOptions, "context" | "kubeconfig" | "maxWait"> {
  traffic: readonly string[];
  /** Seconds. */
  for?: number;
  /** A file with credentials for the sources, as {@link credentialsIn} reads it. */
  trafficAuth?: string;
}

const inCluster = ["relay", "relay+tls", "prometheus"];
/** A folder may have the name `prometheus`, too. */
const isLive = (name: string) => (inCluster.includes(name) && !existsSync(name)) || /^(grpcs?|https?):\/\//i.test(name);
/** Defaults: flows are watched live, while counters reach back as far as Prometheus keeps them. */
const defaults = { relay: 60, prometheus: 7 * 86_400 };
/** Relay's certificate has `*.hubble-relay.cilium.io` (Cilium's chart), whatever address it is reached at. */
const RELAY_NAME = "instance.hubble-relay.cilium.io";

/**
 * Reads traffic: files and folders; `relay`, `relay+tls` and `prometheus` for those of a cluster; `grpc://HOST:PORT` or, by TLS, `grpcs://HOST:PORT`
 * for a Relay at an address, `http://HOST:PORT` for a Prometheus. A source that cannot be read is a problem in the result.
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
 * A source as it may be printed: without everything before the last `@`, since an unescaped password may contain anything, and without its
 * query, where gateways take keys.
 */
export const withoutPassword = (name: string): string =>
  /^\w+:\/\//.test(name) ? name.replace(/^(\w+:\/\/).*@/s, "$1").replace(/\?.*$/s, "?…") : name;

/**
 * Whether outside addresses and DNS names are numbered instead of named. Text and JSON are for whoever runs the command; every other format is meant
 * to be passed on. Whoever passes on text or JSON sets `hideOutside`.
 */
export const hidesOutside = ({ format, showOutside = false, hideOutside = false }: OutsideOptions): boolean =>
  hideOutside || (format !== "text" && format !== "json" && !showOutside);

/** How what is outside the cluster is named. */
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
  const { credentialsIn, noCredentials } = await import("../traffic/live/credentials.js");
  const credentials = trafficAuth === undefined ? noCredentials : credentialsIn(trafficAuth);
  const { headers, tls } = credentials;
  const byTls = withTls(name);
  if (byTls !== undefined && Object.keys(tls).length > 0)
    throw new UserError(`tls_config of --traffic-auth is of use to TLS alone; give ${byTls}`);
  const choice = { ...(context !== undefined && { context }), ...(kubeconfig !== undefined && { kubeconfig }) };
  if (name === "prometheus" || name.startsWith("http")) {
    const { prometheusAt, queryPrometheus } = await import("../traffic/live/prometheus.js");
    const ask = name === "prometheus" ? await prometheusIn(choice, headers) : prometheusAt(name, credentials);
    for (const answer of await queryPrometheus(ask, options.for ?? defaults.prometheus))
      reader.readAnswer(answer, withoutPassword(name));
    return;
  }
  const seconds = options.for ?? defaults.relay;
  const { observeRelay } = await import("../traffic/live/relay.js");
  const take = (event: Parameters<TrafficReader["readEvent"]>[0]) => reader.readEvent(event, withoutPassword(name));
  say(`watching flows for ${seconds} s`);
  if (name.startsWith("grpc")) return observeRelay({ url: name.replace(/^grpc/, "http"), headers, tls }, seconds, take);
  const { openRelay } = await import("../cluster/index.js");
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

/** How a source is written that is asked by TLS, for those that are not. A Prometheus at an address may share its file with one that is. */
function withTls(name: string): string | undefined {
  if (name === "prometheus") return "its address, https://…";
  if (name === "relay") return "relay+tls";
  return name.startsWith("grpc:") ? "grpcs://" : undefined;
}

async function prometheusIn(choice: ClusterChoice, headers: Credentials["headers"]): Promise<AskPrometheus> {
  const { openPrometheus } = await import("../cluster/index.js");
  const get = await openPrometheus(choice, { seconds: 60 }, headers);
  return async (path) => ({ status: 200, body: await get(path) });
}
