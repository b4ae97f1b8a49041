import type { CurlAnswer } from "./curl";

/**
 * What an answer says by itself.
 *
 * - `reached`: packets came through, whatever the application made of them.
 * - `silent`: nothing came back. A denial looks like this, and so does a target that is down.
 * - `ambiguous`: a proxy stands between, and its words fit both.
 * - `none`: the question was not put.
 */
export type Outcome = "reached" | "silent" | "ambiguous" | "none";

export interface Observation {
  outcome: Outcome;
  /** For people: `HTTP 200 in 5 ms`. */
  how: string;
  /** Of an answer of the server's side, be it the application or its proxy. */
  status?: number;
  /** With `status`: the proxy's own words, where they came. */
  proxyError?: string;
  /** Somebody said no: the server's kernel, or Cilium where it is set to answer what it denies (`--policy-deny-response=icmp`). */
  refusal?: boolean;
}

/** curl's exit codes that matter here (`man curl`). */
const curl = { ok: 0, resolve: 6, connect: 7, timeout: 28 } as const;

/**
 * What curl's answer means where it was asked.
 *
 * A plain client's own kernel tells: connected or refused, a packet came back; nothing at all, it was dropped. A meshed client is always
 * connected, to its own proxy, which then answers for the server: 504 or 503 where the server stays silent, 502 where it is refused, and
 * an empty reply where it does not take the connection for HTTP. A 403 or 404 comes from the other side in any case: of its proxy or of the
 * application, see {@link Observation.status}. An answer without `l5d-proxy-error` comes from the other side, be it a 502 of
 * the server's proxy before a closed port. Measured with linkerd2-proxy v2.366; cf. its `app/outbound/src/http/server.rs`.
 *
 * @param throughProxy whether the client's own proxy stands between
 */
export function observeCurl(answer: CurlAnswer, throughProxy: boolean): Observation {
  return throughProxy ? observeMeshed(answer) : observePlain(answer);
}

function observePlain(answer: CurlAnswer): Observation {
  const took = duration(answer.seconds);
  if (answer.status !== undefined) return answered(answer, `HTTP ${answer.status} in ${took}`);
  if (answer.exit === curl.connect) return refused(`refused after ${took}: the port is closed, but not fenced`);
  if (answer.exit === curl.resolve) return none("the name of the target could not be resolved");
  if (answer.connected) return reached(`connected, then ${curlWords(answer.exit)}`);
  if (answer.exit === curl.timeout) return { outcome: "silent", how: `no answer in ${took}` };
  return none(`curl failed with exit code ${answer.exit}`);
}

function observeMeshed(answer: CurlAnswer): Observation {
  const { status, proxyError, exit } = answer;
  const took = duration(answer.seconds);
  if (status !== undefined && (proxyError === undefined || status === 403 || status === 404))
    return answered(answer, `HTTP ${status} in ${took}`);
  if (status !== undefined && proxyError !== undefined) return observeProxyError(status, proxyError, took);
  if (exit === curl.connect || !answer.connected) return none(`the client's own proxy does not answer (curl ${exit})`);
  if (exit === curl.timeout) return { outcome: "ambiguous", how: `the client's proxy gave no answer in ${took}` };
  return { outcome: "ambiguous", how: `the client's proxy closed the connection after ${took} (curl ${exit})` };
}

function observeProxyError(status: number, proxyError: string, took: string): Observation {
  // Before the last colon stands which of the proxy's layers it was.
  const how = `HTTP ${status} from the client's proxy after ${took}: ${proxyError.split(": ").at(-1)}`;
  if (status === 503 || status === 504) return { outcome: "silent", how };
  if (status === 502) return refused(`${how}: the port is closed or speaks no HTTP`);
  return { outcome: "ambiguous", how };
}

/** What a query for a name says: any answer of the server's has reached it. `undefined`: none came in time. */
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

export function none(how: string): Observation {
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
