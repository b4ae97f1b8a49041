import type { QueryResult } from "../proxy/series";
import { WANTED } from "../proxy/series";

/**
 * Asks Prometheus for the counters of Linkerd's proxies over some time. Only what was asked for is sent, and only there.
 *
 * @param url `http://localhost:9090`, with a path where it has one.
 * @throws Error where it does not answer, with what it says
 */
export async function queryPrometheus(url: string, seconds: number): Promise<QueryResult[]> {
  const end = Math.floor(Date.now() / 1000);
  // Prometheus gives at most 11,000 points of a series.
  const step = Math.max(30, Math.ceil(seconds / 1000));
  const answers: QueryResult[] = [];
  for (const metric of WANTED) {
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
