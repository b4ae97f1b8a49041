import type { CurlAnswer } from "./curl";

/**
 * What an answer means by itself.
 *
 * - `reached`: packets came through, whatever the application made of them.
 * - `silent`: nothing came back. A denial looks like this, and so does a target that is down.
 * - `ambiguous`: a proxy stands between, and its answer fits both.
 * - `none`: the probe was not sent.
 */
export type Outcome = "reached" | "silent" | "ambiguous" | "none";

export interface Observation {
  outcome: Outcome;
  /** For people: `HTTP 200 in 5 ms`. */
  how: string;
  /** HTTP status from the server's side: the application or its proxy. */
  status?: number;
  /** With `status`: the proxy's `l5d-proxy-error` header, if it sent one. */
  proxyError?: string;
  /** The connection was refused: by the server's kernel, or by Cilium if it answers what it denies (`--policy-deny-response=icmp`). */
  refusal?: boolean;
  /** The other side took the connection and closed it without an answer: the application, or a proxy that refuses bytes. */
  cut?: boolean;
}

/** curl's exit codes that matter here (`man curl`). */
const curl = { ok: 0, resolve: 6, connect: 7, timeout: 28 } as const;

/**
 * What curl's answer means, depending on where curl ran.
 *
 * An unmeshed client sees the result directly: if it connected or was refused, a packet came back; if nothing came, it was dropped. A meshed client
 * always connects, to its own proxy, which then answers for the server: 504 or 503 if the server stays silent, 502 if it refuses, and an empty reply
 * if the proxy does not treat the connection as HTTP. A 403 or 404 always comes from the other side, from its proxy or the application, see
 * {@link Observation.status}. So does every answer without `l5d-proxy-error`, even a 502, which the server's proxy sends for a closed port. Measured
 * with linkerd2-proxy v2.366; cf. its `app/outbound/src/http/server.rs`.
 *
 * @param throughProxy Whether the client's own proxy is in between.
 */
export function observeCurl(answer: CurlAnswer, throughProxy: boolean): Observation {
  return throughProxy ? observeMeshed(answer) : observePlain(answer);
}

function observePlain(answer: CurlAnswer): Observation {
  const took = duration(answer.seconds);
  if (answer.status !== undefined) return answered(answer, `HTTP ${answer.status} in ${took}`);
  if (answer.exit === curl.connect) return refused(`refused after ${took}: the port is closed, but not fenced`);
  if (answer.exit === curl.resolve) return notSent("the name of the target could not be resolved");
  if (answer.connected) {
    const cut = answer.exit !== curl.ok && answer.exit !== curl.timeout;
    return { ...reached(`connected, then ${curlWords(answer.exit)}`), ...(cut && { cut }) };
  }
  if (answer.exit === curl.timeout) return { outcome: "silent", how: `no answer in ${took}` };
  return notSent(`curl failed with exit code ${answer.exit}`);
}

function observeMeshed(answer: CurlAnswer): Observation {
  const { status, proxyError, exit } = answer;
  const took = duration(answer.seconds);
  if (status !== undefined && (proxyError === undefined || status === 403 || status === 404))
    return answered(answer, `HTTP ${status} in ${took}`);
  if (status !== undefined && proxyError !== undefined) return observeProxyError(status, proxyError, took);
  if (exit === curl.connect || !answer.connected)
    return notSent(`the client's own proxy does not answer (curl ${exit})`);
  if (exit === curl.timeout) return { outcome: "ambiguous", how: `the client's proxy gave no answer in ${took}` };
  return { outcome: "ambiguous", how: `the client's proxy closed the connection after ${took} (curl ${exit})` };
}

function observeProxyError(status: number, proxyError: string, took: string): Observation {
  // What precedes the last colon names the layer of the proxy that failed.
  const how = `HTTP ${status} from the client's proxy after ${took}: ${proxyError.split(": ").at(-1)}`;
  if (status === 503 || status === 504) return { outcome: "silent", how };
  if (status === 502) return refused(`${how}: the port is closed or speaks no HTTP`);
  return { outcome: "ambiguous", how };
}

/** What a DNS query says: any answer means that the query arrived. `undefined`: no answer came in time. */
export function observeName(
  answer: { exitCode: number; stdout: string } | undefined,
  limitSeconds: number,
): Observation {
  if (answer === undefined) return { outcome: "silent", how: `no answer to a DNS query in ${limitSeconds} s` };
  const address = answer.stdout.split(/\s/)[0];
  if (answer.exitCode === 0 && address) return reached(`DNS answered ${address}`);
  return { outcome: "ambiguous", how: `the name was not resolved (getent ${answer.exitCode})` };
}

function reached(how: string): Observation {
  return { outcome: "reached", how };
}

function answered({ status, proxyError }: CurlAnswer, how: string): Observation {
  return { ...reached(how), ...(status !== undefined && { status }), ...(proxyError !== undefined && { proxyError }) };
}

function refused(how: string): Observation {
  return { outcome: "reached", how, refusal: true };
}

export function notSent(how: string): Observation {
  return { outcome: "none", how };
}

function curlWords(exit: number): string {
  if (exit === curl.ok) return "no answer that is HTTP";
  return exit === curl.timeout ? "no answer" : `no answer that is HTTP (curl ${exit})`;
}

/** `5 ms`, `3.0 s` */
export function duration(seconds: number): string {
  return seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`;
}
