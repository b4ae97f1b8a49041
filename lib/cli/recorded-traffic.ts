import { inOrderOfTime, sourcesOf, unreadable } from "../traffic/files";
import { TrafficReader } from "../traffic/read";
import type { Traffic } from "../traffic/traffic";
import { type InputOptions, limitsOf } from "./input-options";
import { say } from "./print";

/** Where traffic is to be read, and for how long where it is asked for. */
export interface TrafficOptions extends Pick<InputOptions, "context" | "kubeconfig" | "maxWait"> {
  traffic: readonly string[];
  /** Seconds. */
  for?: number;
}

const isLive = (name: string) => name === "relay" || /^(grpc|https?):\/\//.test(name);
/** Flows are watched as they come, counters are there for as long as Prometheus keeps them. */
const defaults = { relay: 60, prometheus: 7 * 86_400 };

/**
 * Reads traffic: files and folders, `relay` for the Hubble Relay of a cluster, `grpc://HOST:PORT` for one that is reached so, `http://HOST:PORT` for
 * a Prometheus. Whatever cannot be had is a problem of the result.
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

/** A source as it may be printed. */
export const withoutPassword = (name: string): string => name.replace(/^(\w+:\/\/)[^/@]*@/, "$1");

async function readLive(name: string, reader: TrafficReader, options: TrafficOptions): Promise<void> {
  if (name.startsWith("http")) {
    const { queryPrometheus } = await import("../traffic/live/prometheus.js");
    for (const answer of await queryPrometheus(name, options.for ?? defaults.prometheus))
      reader.readAnswer(answer, withoutPassword(name));
    return;
  }
  const seconds = options.for ?? defaults.relay;
  const { observeRelay } = await import("../traffic/live/relay.js");
  const take = (event: Parameters<TrafficReader["readEvent"]>[0]) => reader.readEvent(event, name);
  say(`watching flows for ${seconds} s`);
  if (name !== "relay") return observeRelay({ url: name.replace(/^grpc/, "http") }, seconds, take);
  const { openRelay } = await import("../cluster/index.js");
  const { context, kubeconfig } = options;
  const choice = { ...(context !== undefined && { context }), ...(kubeconfig !== undefined && { kubeconfig }) };
  const { connection, close } = await openRelay(choice, { seconds: 30 });
  try {
    await observeRelay({ url: "http://localhost", connection }, seconds, take);
  } finally {
    close();
  }
}
