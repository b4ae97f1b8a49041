import type { QueryResult } from "../proxy/series";
import { PROXY_METRICS } from "../proxy/series";

/**
 * Queries Prometheus for the counters of Linkerd's proxies over some time. Redirects are refused, so nothing is sent elsewhere.
 *
 * @param url `http://localhost:9090`, with a path where it has one.
 * @throws Error with the reason that Prometheus gives
 */
export async function queryPrometheus(url: string, seconds: number): Promise<QueryResult[]> {
  const end = Math.floor(Date.now() / 1000);
  // Prometheus returns at most 11,000 points per series.
  const step = Math.max(30, Math.ceil(seconds / 1000));
  const answers: QueryResult[] = [];
  for (const metric of PROXY_METRICS) {
    const asked = new URL(`${url.replace(/\/$/, "")}/api/v1/query_range`);
    for (const [name, value] of Object.entries({ query: metric, start: end - seconds, end, step }))
      asked.searchParams.set(name, String(value));
    const response = await fetch(asked, { signal: AbortSignal.timeout(60_000), redirect: "error" });
    const body: QueryResult & { status?: string; error?: string } = JSON.parse(await response.text());
    if (body.status !== "success")
      throw new Error(`Prometheus answers ${response.status} to ${metric}: ${body.error ?? "no reason"}`);
    answers.push(body);
  }
  return answers;
}
