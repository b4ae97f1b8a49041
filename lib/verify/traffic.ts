import { type Sample, sum } from "./metrics";

/** The metrics of a proxy that show traffic. */
export const trafficMetrics: ReadonlySet<string> = new Set(["response_total", "response_latency_ms_bucket"]);

/** The application's own traffic on an edge, as `linkerd viz stat` would show it. */
export interface Traffic {
  requestsPerSecond: number;
  /** From 0 to 1, by Linkerd's own classification of the responses. */
  successRate: number;
  /** Percentiles in milliseconds: upper bounds of the histogram's buckets. */
  latency?: { p50: number; p95: number; p99: number };
  seconds: number;
}

/**
 * The traffic of one client identity on one port of the target, from the counters of the target's proxies, without our own probes.
 *
 * @param increases The increases of the inbound counters of all the target's pods.
 */
export function trafficOf(
  increases: readonly Sample[],
  { port, identity, probes, seconds }: { port: number; identity: string; probes: number; seconds: number },
): Traffic | undefined {
  const inbound = increases.filter(
    ({ labels }) => labels.direction === "inbound" && labels.srv_port === String(port) && labels.client_id === identity,
  );
  const responses = inbound.filter(({ name }) => name === "response_total");
  const total = sum(responses) - probes;
  if (total <= 0 || seconds <= 0) return undefined;
  const failures = sum(responses.filter(({ labels }) => labels.classification === "failure"));
  const latency = latencyOf(inbound.filter(({ name }) => name === "response_latency_ms_bucket"));
  return {
    requestsPerSecond: total / seconds,
    successRate: Math.max(0, (total - failures) / total),
    ...(latency && { latency }),
    seconds,
  };
}

function latencyOf(samples: readonly Sample[]): Traffic["latency"] {
  const upTo = new Map<number, number>();
  for (const { labels, value } of samples) {
    const bound = labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le);
    upTo.set(bound, (upTo.get(bound) ?? 0) + value);
  }
  const buckets = [...upTo].sort(([left], [right]) => left - right);
  const all = buckets.at(-1)?.[1] ?? 0;
  if (all === 0) return undefined;
  const within = (share: number): number => buckets.find(([, count]) => count >= all * share)?.[0] ?? 0;
  return { p50: within(0.5), p95: within(0.95), p99: within(0.99) };
}
