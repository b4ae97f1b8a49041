/** One counter of a proxy: a metric with its labels. */
export interface Series {
  metric: string;
  labels: Readonly<Record<string, string>>;
  /** The increase over the queried time; in a proxy's own text, since the proxy started. */
  count: number;
  /** RFC 3339, where the source has times. */
  first?: string;
  last?: string;
}

/** The metrics of linkerd2-proxy that tell clients, ports and the decisions of its policy. */
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
  /** What makes the answer less than whole, such as a store that Thanos did not reach. */
  warnings?: unknown;
  /** VictoriaMetrics' word for that it did not reach all of its storage. */
  isPartial?: unknown;
}

interface Sample {
  metric?: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

/** The counters in an answer of `/api/v1/query` or `/api/v1/query_range`. What several replicas of Prometheus scraped is there once. */
export function seriesOfQuery({ data }: QueryResult): Series[] {
  const samples: Sample[] = Array.isArray(data?.result) ? data.result : [];
  const byLabels = new Map<string, Series>();
  for (const { metric = {}, value, values = value === undefined ? [] : [value] } of samples) {
    const { __name__: name = "", ...all } = metric;
    const counted = PROXY_METRICS.has(name) ? increaseOf(values) : undefined;
    if (counted === undefined) continue;
    const own = Object.entries(all).filter(([label]) => !REPLICA_LABELS.has(label));
    const key = JSON.stringify([name, own.sort(([a], [b]) => (a < b ? -1 : 1))]);
    const other = byLabels.get(key);
    const one = { metric: name, labels: Object.fromEntries(own), ...counted };
    byLabels.set(key, other === undefined ? one : sameCounter(other, one));
  }
  return [...byLabels.values()];
}

/**
 * External labels that tell replicas apart which scrape the same targets: the Prometheus Operator's, Thanos' and its ruler's, and that of Mimir's and
 * Cortex' HA tracker. Thanos joins such replicas only if its `--query.replica-label` names the label.
 */
const REPLICA_LABELS: ReadonlySet<string> = new Set(["prometheus_replica", "replica", "rule_replica", "__replica__"]);

/** A counter that two replicas scraped. One may have been down for a while, so the larger count is nearer. */
function sameCounter(a: Series, b: Series): Series {
  const [first] = [a.first, b.first].filter((time) => time !== undefined).sort();
  const last = [a.last, b.last]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  return {
    ...a,
    count: Math.max(a.count, b.count),
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
  };
}

/** How many series of an answer have no name: `increase()`, `sum()` and the like drop it, and nothing says what they count. */
export function namelessSeries({ data }: QueryResult): number {
  const samples: Sample[] = Array.isArray(data?.result) ? data.result : [];
  return samples.filter(({ metric }) => metric?.__name__ === undefined).length;
}

/** The increase of a counter, which may reset. One that does not move has counted before: how often is known, but not when. */
function increaseOf(values: readonly [number, string][]): Omit<Series, "metric" | "labels"> | undefined {
  let count = 0;
  let first: number | undefined;
  let last: number | undefined;
  for (const [index, [time, text]] of values.entries()) {
    const value = Number(text);
    const before = index === 0 ? value : Number(values[index - 1]?.[1]);
    // A counter that falls was reset: its proxy has restarted.
    const grown = value >= before ? value - before : value;
    if (!(grown > 0)) continue;
    count += grown;
    first ??= values[Math.max(0, index - 1)]?.[0];
    last = time;
  }
  if (count > 0 && first !== undefined && last !== undefined)
    return { count, first: timeOf(first), last: timeOf(last) };
  const standing = Number(values.at(-1)?.[1]);
  return standing > 0 ? { count: standing } : undefined;
}

const timeOf = (seconds: number) => new Date(seconds * 1000).toISOString();
