import { byteLength } from "../../common/text";
import type { GrpcMatch, HttpMatch, NamedMatch, TextMatch } from "../api/route-match";
import { sameText } from "../api/target-ref";
import type { RequestParts } from "./request";

/** How well something matches. Ranks compare lexicographically, and the greater one is better. */
export type Rank = readonly number[];

export function compareRanks(a: Rank, b: Rank): number {
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A hostname of a route: exact, or `*.` and the labels that the host must end in, from the last one. */
export type HostMatch = { exact: string } | { suffix: readonly string[] };

export function hostMatch(hostname: string): HostMatch {
  return hostname.startsWith("*.") ? { suffix: hostname.split(".").slice(1).reverse() } : { exact: hostname };
}

/** The rank of a route without hostnames, which matches any host. An exact name ranks above a pattern, and both above this. */
export const ANY_HOST: Rank = [0, 0];

export function hostRank(match: HostMatch, { host }: RequestParts): Rank | undefined {
  if (host === undefined) return undefined;
  if ("exact" in match) {
    const given = match.exact.endsWith(".") ? host : withoutDot(host);
    return sameText(match.exact, given) ? [2, match.exact.length] : undefined;
  }
  let rest = match.suffix[0] === "" ? host : withoutDot(host);
  let length = 0;
  for (const label of match.suffix) {
    const head = rest.length - label.length;
    if (head < 1 || !sameText(rest.slice(head), label) || rest[head - 1] !== ".") return undefined;
    rest = rest.slice(0, head - 1);
    length += label.length + 1;
  }
  return [1, length];
}

function withoutDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

/** The rank of a rule without matches. */
export const HTTP_DEFAULT: Rank = [1, 0, 0, 0];
export const GRPC_DEFAULT: Rank = [0, 0, 0];

/** Ranks by the length of the path, whatever its kind; then by the number of headers and query parameters, and whether the method is given. */
export function httpRank(match: HttpMatch, request: RequestParts): Rank | undefined {
  if (match.method !== undefined && match.method !== request.method) return undefined;
  const length = pathLength(match.path, request.path);
  if (length === undefined || !match.headers.every((header) => headerMatches(header, request))) return undefined;
  if (!match.query.every((parameter) => queryMatches(parameter, request))) return undefined;
  return [length, match.headers.length, match.query.length, match.method === undefined ? 0 : 1];
}

function pathLength(match: HttpMatch["path"], path: string): number | undefined {
  if ("exact" in match) return match.exact === path ? byteLength(path) : undefined;
  if ("regex" in match) return match.regex.spans(path) ? byteLength(path) : undefined;
  if (match.prefix === "/") return 1;
  const prefix = withoutSlashes(match.prefix);
  const given = withoutSlashes(path);
  if (!given.startsWith(prefix)) return undefined;
  const rest = given.slice(prefix.length);
  return rest === "" || rest.startsWith("/") ? byteLength(prefix) : undefined;
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

function headerMatches({ name, value }: NamedMatch, { headers }: RequestParts): boolean {
  const isRegex = "regex" in value;
  return (headers.get(name) ?? []).some((given) => (!isRegex || /^[\t -~]*$/.test(given)) && textMatches(value, given));
}

function queryMatches({ name, value }: NamedMatch, { query }: RequestParts): boolean {
  if (query === undefined) return false;
  return new URLSearchParams(`?${query}`).getAll(name).some((given) => textMatches(value, given));
}

function textMatches(match: TextMatch, given: string): boolean {
  return "exact" in match ? match.exact === given : match.regex.spans(given);
}

/** Ranks by the length of the service, then of the method, then the number of headers. Only POST matches; further path segments are ignored. */
export function grpcRank({ headers, rpc }: GrpcMatch, request: RequestParts): Rank | undefined {
  if (request.method !== "POST") return undefined;
  const [before, service, method] = request.path.split("/");
  if (before !== "" || service === undefined || method === undefined) return undefined;
  if (rpc?.service !== undefined && rpc.service !== service) return undefined;
  if (rpc?.method !== undefined && rpc.method !== method) return undefined;
  if (!headers.every((header) => headerMatches(header, request))) return undefined;
  return [byteLength(rpc?.service ?? ""), byteLength(rpc?.method ?? ""), headers.length];
}
