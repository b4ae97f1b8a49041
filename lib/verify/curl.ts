import type { AskedRequest } from "../reachability/requests";

/** The result of one run of curl. */
export interface CurlAnswer {
  /** curl's exit code; 0 even if the HTTP status is an error. */
  exit: number;
  /** HTTP status, if a response came. */
  status?: number;
  /** The header `l5d-proxy-error`, which marks responses of Linkerd's proxy itself. */
  proxyError?: string;
  /** Whether it connected: to the server, or in a meshed client to its own proxy. */
  connected: boolean;
  seconds: number;
}

export interface CurlLimits {
  /** Until the connection is made. Cilium drops packets without an answer. */
  connectSeconds: number;
  /** In total. A meshed client's proxy gives up after 3 s. */
  totalSeconds: number;
}

export const defaultCurlLimits: CurlLimits = { connectSeconds: 2, totalSeconds: 6 };

const written = "status=%{http_code} connect=%{time_connect} total=%{time_total} exit=%{exitcode}\\n";

/** One request; prints only the head of the response. `--noproxy`, because the container's environment may name a proxy. */
export function curlCommand(
  address: string,
  port: number,
  { method, path }: AskedRequest = { method: "GET", path: "/" },
  limits: CurlLimits = defaultCurlLimits,
): string[] {
  const host = address.includes(":") ? `[${address}]` : address;
  return [
    ...["curl", "--silent", "--show-error", "--noproxy", "*", "--globoff"],
    ...["--connect-timeout", String(limits.connectSeconds), "--max-time", String(limits.totalSeconds)],
    // Otherwise curl would normalize /a/../b.
    ...(path === "/" ? [] : ["--path-as-is"]),
    ...(method === "GET" ? [] : method === "HEAD" ? ["--head"] : ["--request", method]),
    ...["--output", "/dev/null", "--dump-header", "-", "--write-out", written],
    `http://${host}:${port}${escaped(path)}`,
  ];
}

/** Escapes what a URL cannot contain; what is already escaped stays. */
const escaped = (path: string): string =>
  Buffer.from(path)
    .toString()
    .replace(/[^!-~]/gu, encodeURIComponent);

/**
 * Reads what curl printed. The exec stream can lose the exit code, so the code that curl itself prints takes precedence: from `--write-out` (since
 * curl 7.75), otherwise from its message.
 *
 * @returns Undefined if this is not curl's output.
 */
export function readCurl(answer: { stdout: string; stderr: string; exitCode: number }): CurlAnswer | undefined {
  const { stdout, stderr, exitCode } = answer;
  const numbers = /^status=(\d+) connect=([\d.,]+) total=([\d.,]+)(?: exit=(\d+))?/m.exec(stdout);
  const said = /curl: \((\d+)\)/.exec(stderr) ?? /curl: \((\d+)\)/.exec(stdout);
  if (numbers === null && said === null) return undefined;
  const [, status, connect = "0", total = "0", exit = said?.[1]] = numbers ?? [];
  const proxyError = /^l5d-proxy-error:[ \t]*(.*?)\r?$/im.exec(stdout)?.[1];
  return {
    exit: exit === undefined ? exitCode : Number(exit),
    ...(status !== undefined && Number(status) > 0 && { status: Number(status) }),
    ...(proxyError !== undefined && { proxyError }),
    connected: seconds(connect) > 0,
    seconds: seconds(total),
  };
}

/** Some locales write a comma. */
function seconds(text: string): number {
  return Number(text.replace(",", "."));
}
