import http from "node:http";
import https from "node:https";
import { clipped } from "../../common/printable";
import { PROXY_METRICS, type QueryResult } from "../proxy/series";
import { basicAuthorization, type Credentials, noCredentials } from "./credentials";

/** Answers a GET of a path of Prometheus' API, such as `/api/v1/query_range?query=up`. */
export type AskPrometheus = (path: string) => Promise<{ status: number; body: string }>;

/** The largest answer, in bytes, because it is held in memory. */
const maxAnswerSize = 512 << 20;
const timeout = 60_000;

/**
 * Queries Prometheus, or anything with its API, for the counters of Linkerd's proxies over some time.
 *
 * @throws Error with the reason that Prometheus gives
 */
export async function queryPrometheus(ask: AskPrometheus, seconds: number): Promise<QueryResult[]> {
  const end = Math.floor(Date.now() / 1000);
  // A sample is returned for 5 minutes: a larger step passes over pods that lived for less. At most 11,000 points per series are returned.
  const step = Math.max(30, Math.min(300, Math.ceil(seconds / 1000)), Math.ceil(seconds / 10_900));
  const answers: QueryResult[] = [];
  for (const metric of PROXY_METRICS) {
    const query = new URLSearchParams({ query: metric, start: `${end - seconds}`, end: `${end}`, step: `${step}` });
    const { status, body } = await ask(`/api/v1/query_range?${query}`);
    const answer = parsed(body);
    if (answer?.status !== "success")
      throw new Error(`Prometheus answers ${status} to ${metric}: ${whyNot(status, answer)}`);
    answers.push(answer);
  }
  return answers;
}

/**
 * Sends an HTTP request. Redirects are not followed, so nothing is sent elsewhere.
 *
 * @param url `http://localhost:9090`; its path (a prefix, or Grafana's `/api/datasources/proxy/uid/UID`) and its query are kept. It may contain
 *   `user:password@`.
 */
export function prometheusAt(url: string, { headers, tls }: Credentials = noCredentials): AskPrometheus {
  const base = new URL(url);
  const { username, password } = base;
  base.username = "";
  base.password = "";
  const own = username !== "" && {
    authorization: basicAuthorization(decodeURIComponent(username), decodeURIComponent(password)),
  };
  return (asked) => {
    const [path = "", query = ""] = asked.split("?");
    const target = new URL(base);
    target.pathname = base.pathname.replace(/\/$/, "") + path;
    for (const [name, value] of new URLSearchParams(query)) target.searchParams.set(name, value);
    return get(target, { headers: { ...headers, ...own }, ...(target.protocol === "https:" && tls) });
  };
}

function get(url: URL, options: https.RequestOptions): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === "https:" ? https : http;
    const settings = { ...options, agent: false, signal: AbortSignal.timeout(timeout) } as const;
    const request = client.get(url, settings, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerSize)
          response.destroy(new Error("the answer is larger than 512 MB. Ask for a shorter time"));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("error", reject);
  });
}

function whyNot(status: number, answer: { error?: unknown } | undefined): string {
  if (status >= 300 && status < 400) return "a redirect, which is not followed; give the address that it leads to";
  return clipped(String(answer?.error ?? "not in JSON"), 1000);
}

function parsed(text: string): (QueryResult & { status?: string; error?: unknown }) | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
