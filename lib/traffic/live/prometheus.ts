import type { QueryResult } from "../proxy/series";
import { PROXY_METRICS } from "../proxy/series";

/**
 * Queries Prometheus for the counters of Linkerd's proxies over some time. Redirects are refused, so nothing is sent elsewhere.
 *
 * @param url `http://localhost:9090`, with a path where it has one, and with `user:password@` where it asks for them.
 * @throws Error with the reason that Prometheus gives
 */
export async function queryPrometheus(url: string, seconds: number): Promise<QueryResult[]> {
  const end = Math.floor(Date.now() / 1000);
  // A sample is returned for 5 minutes: a larger step passes over pods that lived for less. At most 11,000 points per series are returned.
  const step = Math.max(30, Math.min(300, Math.ceil(seconds / 1000)), Math.ceil(seconds / 10_900));
  const { base, headers } = withoutCredentials(url);
  const answers: QueryResult[] = [];
  for (const metric of PROXY_METRICS) {
    const asked = new URL(`${base.replace(/\/$/, "")}/api/v1/query_range`);
    for (const [name, value] of Object.entries({ query: metric, start: end - seconds, end, step }))
      asked.searchParams.set(name, String(value));
    const response = await fetch(asked, { signal: AbortSignal.timeout(60_000), redirect: "error", headers });
    const body = parsed(await response.text());
    if (body?.status !== "success")
      throw new Error(`Prometheus answers ${response.status} to ${metric}: ${body?.error ?? "not in JSON"}`);
    answers.push(body);
  }
  return answers;
}

/** `fetch` takes no credentials in an address, and says them in its error. */
function withoutCredentials(url: string): { base: string; headers: Record<string, string> } {
  const base = new URL(url);
  const { username, password } = base;
  base.username = "";
  base.password = "";
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = { authorization: `Basic ${Buffer.from(text).toString("base64")}` };
  return { base: base.href, headers: username === "" ? {} : headers };
}

function parsed(text: string): (QueryResult & { status?: string; error?: string }) | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
