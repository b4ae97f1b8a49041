import type { Redirect } from "../../linkerd/api/route-filter";
import type { RequestMatch, TakenRequests } from "./request-match";

/** The answer of a redirect among a rule's filters. */
export interface Redirected {
  status: number;
  /** Whether it redirects every request of the match. */
  isAll: boolean;
}

/**
 * The redirect that a rule answers with; undefined without one. The server's proxy sends it after authorizing the request, and the application never
 * sees the request. A request that is already at the redirect's target passes. If the rule replaces a prefix but matched none, the proxy answers 500
 * (linkerd2-proxy, `http/route/src/http/filter/redirect.rs`).
 */
export function redirectedBy({ match, filters }: TakenRequests): Redirected | undefined {
  const found = filters.find((filter) => filter.kind === "redirect");
  if (found?.kind !== "redirect") return undefined;
  const { redirect } = found;
  const replaced = redirect.path?.replaceFullPath === undefined ? redirect.path?.replacePrefixMatch : undefined;
  const isPrefix = match.path === undefined || match.path.type === "PathPrefix";
  if (replaced !== undefined && !isPrefix) return { status: 500, isAll: true };
  return { status: redirect.statusCode, isAll: leadsElsewhere(redirect, match) };
}

/** Whether no request of the match can already be at the redirect's target. To the proxy, every request has the scheme `http`. */
function leadsElsewhere({ scheme, path }: Redirect, { path: matched }: RequestMatch): boolean {
  if (scheme === "https") return true;
  if (path === undefined || matched === undefined || matched.type === "RegularExpression") return false;
  const { replaceFullPath: whole, replacePrefixMatch: prefix } = path;
  if (whole === undefined) return prefix !== undefined && prefix !== matched.value;
  const asked = whole.split("?", 1)[0] ?? "";
  if (matched.type === "Exact") return asked !== matched.value;
  return asked !== matched.value && !asked.startsWith(`${matched.value}/`);
}
