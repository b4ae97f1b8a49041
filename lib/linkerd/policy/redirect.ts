import type { Redirect } from "../api/route-filter";
import type { RequestParts } from "./request";

/**
 * The status with which a redirect answers: 500 if the proxy cannot build the target, undefined if the proxy skips the redirect because the request
 * already goes there.
 */
export function redirectStatus(
  redirect: Redirect,
  request: RequestParts,
  /** The length of the matched path prefix; undefined if the rule matched the whole path. */
  prefix: number | undefined,
): number | undefined {
  const scheme = redirect.scheme ?? "http";
  const authority = redirectAuthority(redirect, request, scheme);
  const target = redirectTarget(redirect, request, prefix);
  if (authority === undefined || target === undefined) return 500;
  const given = request.query === undefined ? request.path : `${request.path}?${request.query}`;
  const sameHost = authority.toLowerCase() === request.authority?.toLowerCase();
  return scheme === "http" && sameHost && target === given ? undefined : redirect.statusCode;
}

function redirectAuthority(
  { hostname, port }: Redirect,
  { authority, host }: RequestParts,
  scheme: "http" | "https",
): string | undefined {
  const written = port !== undefined && port >= 1 && port <= 65535 ? port : undefined;
  const usual = scheme === "http" ? 80 : 443;
  const given = portOf(authority);
  if (hostname !== undefined && hostname !== "") {
    if (written !== undefined) return `${hostname}:${written}`;
    return given === undefined || given === usual ? hostname : `${hostname}:${given}`;
  }
  if (written === undefined || host === undefined) return authority;
  if (written !== usual) return written === given ? authority : `${host}:${written}`;
  return given === undefined ? authority : host;
}

function portOf(authority: string | undefined): number | undefined {
  const digits = /:(\d+)$/.exec(authority ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function redirectTarget({ path }: Redirect, request: RequestParts, prefix: number | undefined): string | undefined {
  const query = request.query === undefined ? "" : `?${request.query}`;
  if (path === undefined) return `${request.path}${query}`;
  if (path.replaceFullPath !== undefined) return path.replaceFullPath;
  if (prefix === undefined || prefix > request.path.length) return undefined;
  const rest = request.path.slice(prefix);
  const joint = rest === "" || rest.startsWith("/") ? "" : "/";
  return `${path.replacePrefixMatch ?? ""}${joint}${rest}${query}`;
}
