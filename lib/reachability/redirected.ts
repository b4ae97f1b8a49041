import type { Redirect } from "../linkerd/api/route-filter";
import type { RequestMatch, TakenRequests } from "./request-match";

/** What a redirect among a rule's filters answers, and whether it answers every request that the rule takes by this match. */
export interface Redirected {
  status: number;
  isAll: boolean;
}

/**
 * The server's proxy answers with the redirect after it has authorized the request, and the application sees nothing of it. A request that is already
 * where the redirect leads passes. A prefix can be replaced only where one was matched: else the proxy answers 500
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

/** Whether no request of a match can be where the redirect leads. To a proxy all requests are of scheme `http`. */
function leadsElsewhere({ scheme, path }: Redirect, { path: matched }: RequestMatch): boolean {
  if (scheme === "https") return true;
  if (path === undefined || matched === undefined || matched.type === "RegularExpression") return false;
  const { replaceFullPath: whole, replacePrefixMatch: prefix } = path;
  if (whole === undefined) return prefix !== undefined && prefix !== matched.value;
  const asked = whole.split("?", 1)[0] ?? "";
  if (matched.type === "Exact") return asked !== matched.value;
  return asked !== matched.value && !asked.startsWith(`${matched.value}/`);
}
