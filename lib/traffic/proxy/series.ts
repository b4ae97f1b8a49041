/** One counter of a proxy: a metric with its labels. */
export interface Series {
  metric: string;
  labels: Readonly<Record<string, string>>;
  /** The increase over the queried time; in a proxy's own text, since the proxy started. */
  count: number;
  /** RFC 3339. Absent if the source has no times. */
  first?: string;
  last?: string;
}

/** The metrics of linkerd2-proxy with clients, ports and policy decisions. */
export const PROXY_METRICS: ReadonlySet<string> = new Set([
  "inbound_http_authz_allow_total",
  "inbound_http_authz_deny_total",
  "inbound_tcp_authz_allow_total",
  "inbound_tcp_authz_deny_total",
  "tcp_open_total",
]);

/** Parses a line of a proxy's `/metrics`. Undefined for other metrics and comments. */
export function seriesOfLine(line: string): Series | undefined {
  const open = line.indexOf("{");
  if (open <= 0 || !PROXY_METRICS.has(line.slice(0, open))) return undefined;
  const close = line.lastIndexOf("}");
  const count = Number(
    line
      .slice(close + 1)
      .trim()
      .split(/\s+/)[0],
  );
  if (close < open || !(count > 0)) return undefined;
  const labels: Record<string, string> = {};
  for (const [, key = "", value = ""] of line.slice(open + 1, close).matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g))
    labels[key] = value.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
  return { metric: line.slice(0, open), labels, count };
}

/** Whether a text begins as Prometheus' exposition format does. */
export const isMetricsText = (head: string): boolean =>
  /^(# (HELP|TYPE|UNIT) |[a-zA-Z_:][\w:]*(\{[a-zA-Z_][^\n]*\})? +[-+0-9NI])/.test(head);

/** An answer of Prometheus' query API, or of Loki's, which has the same envelope. */
export interface QueryResult {
  data?: { resultType?: string; result?: unknown };
  /** Why the answer may be incomplete, such as a store that Thanos could not reach. */
  warnings?: unknown;
  /** VictoriaMetrics sets it if it could not reach all of its storage. */
  isPartial?: unknown;
}

interface Sample {
  metric?: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

type Samples = readonly [time: number, value: string][];

/** A counter of a proxy over the time that was queried. */
interface Counted {
  series: Omit<Series, "count">;
  /** How often it counted in that time. */
  increase: number;
  /** Its last value. A counter that does not grow counted earlier: how often is known, but not when. */
  standing: number;
  /** The first sample and the last, in seconds. */
  from: number;
  to: number;
}

/**
 * The counters in answers of `/api/v1/query` or `/api/v1/query_range`, each once: several replicas of Prometheus scrape the same proxies, answers may
 * overlap in time, and the same Prometheus may be asked twice.
 */
export class QueriedSeries {
  private readonly byLabels = new Map<string, Counted>();

  add({ data }: QueryResult): void {
    const samples: Sample[] = Array.isArray(data?.result) ? data.result : [];
    for (const { metric = {}, value, values = value === undefined ? [] : [value] } of samples) {
      const { __name__: name = "", ...all } = metric;
      const [first, last] = [values[0]?.[0], values.at(-1)?.[0]];
      if (!PROXY_METRICS.has(name) || first === undefined || last === undefined) continue;
      const own = Object.entries(all).filter(([label]) => !REPLICA_LABELS.has(label));
      const key = JSON.stringify([name, own.sort(([a], [b]) => (a < b ? -1 : 1))]);
      const known = this.byLabels.get(key);
      this.byLabels.set(
        key,
        known === undefined
          ? countedOf({ metric: name, labels: Object.fromEntries(own) }, values)
          : extended(known, values),
      );
    }
  }

  *[Symbol.iterator](): Generator<Series> {
    for (const { series, increase, standing } of this.byLabels.values()) {
      const { first: _, last: __, ...timeless } = series;
      if (increase > 0) yield { ...series, count: increase };
      else if (standing > 0) yield { ...timeless, count: standing };
    }
  }
}

/**
 * External labels that tell replicas apart which scrape the same targets: the Prometheus Operator's, Thanos' and its ruler's, and that of Mimir's and
 * Cortex' HA tracker. Thanos joins such replicas only if its `--query.replica-label` names the label.
 */
const REPLICA_LABELS: ReadonlySet<string> = new Set(["prometheus_replica", "replica", "rule_replica", "__replica__"]);

/**
 * Adds further samples to a counter: their increase before its first sample and after its last. Between those, both have counted the same, and the
 * larger increase is more accurate, because a replica may have been down.
 */
function extended(known: Counted, samples: Samples): Counted {
  const all = countedOf(known.series, samples);
  const before = countedOf(
    known.series,
    samples.filter(([time]) => time <= known.from),
  );
  const after = countedOf(
    known.series,
    samples.filter(([time]) => time >= known.to),
  );
  const parts = [before, known, after];
  const [first] = [...parts, all].flatMap(({ series }) => series.first ?? []).sort();
  const last = [...parts, all]
    .flatMap(({ series }) => series.last ?? [])
    .sort()
    .at(-1);
  return {
    series: { ...known.series, ...(first !== undefined && { first }), ...(last !== undefined && { last }) },
    increase: Math.max(
      all.increase,
      parts.reduce((sum, { increase }) => sum + increase, 0),
    ),
    standing: Math.max(known.standing, all.standing),
    from: Math.min(known.from, all.from),
    to: Math.max(known.to, all.to),
  };
}

/** How many series of an answer have no metric name. `increase()`, `sum()` and the like drop it, so what they count is unknown. */
export function namelessSeries({ data }: QueryResult): number {
  const samples: Sample[] = Array.isArray(data?.result) ? data.result : [];
  return samples.filter(({ metric }) => metric?.__name__ === undefined).length;
}

/** The increase of a counter, which may reset. */
function countedOf({ metric, labels }: Counted["series"], samples: Samples): Counted {
  let increase = 0;
  let first: number | undefined;
  let last: number | undefined;
  for (const [index, [time, text]] of samples.entries()) {
    const value = Number(text);
    const before = index === 0 ? value : Number(samples[index - 1]?.[1]);
    // A counter that falls was reset: its proxy has restarted.
    const grown = value >= before ? value - before : value;
    if (!(grown > 0)) continue;
    increase += grown;
    first ??= samples[Math.max(0, index - 1)]?.[0];
    last = time;
  }
  const standing = Number(samples.at(-1)?.[1]) || 0;
  return {
    series: {
      metric,
      labels,
      ...(first !== undefined && { first: timeOf(first) }),
      ...(last !== undefined && { last: timeOf(last) }),
    },
    increase,
    standing: Math.max(standing, 0),
    from: samples[0]?.[0] ?? Number.POSITIVE_INFINITY,
    to: samples.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY,
  };
}

const timeOf = (seconds: number) => new Date(seconds * 1000).toISOString();
