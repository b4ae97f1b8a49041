import { compileRegex, type Regex, RegexError } from "./regex";
import type { GrpcMatchSpec, HttpMatchSpec, Route } from "./route";
import type { HeaderModifier, Redirect, RouteFilter } from "./route-filter";

/** An exact text, or a regular expression that must span the whole text. */
export type TextMatch = { exact: string } | { regex: Regex };

export interface NamedMatch {
  name: string;
  value: TextMatch;
}

export interface HttpMatch {
  path: { exact: string } | { prefix: string } | { regex: Regex };
  /** Names are in lower case. */
  headers: readonly NamedMatch[];
  query: readonly NamedMatch[];
  method?: string;
}

export interface GrpcMatch {
  headers: readonly NamedMatch[];
  /** Absent if the match has no `method`. The policy controller sends such a match, and the proxy rejects the whole server because of it. */
  rpc?: { service?: string; method?: string };
}

/** Why the policy controller cannot use a route. It then ignores the whole route. */
export class UnusableRoute extends Error {}

/** @throws UnusableRoute */
export function httpMatch({ path, headers, queryParams, method }: HttpMatchSpec): HttpMatch {
  return {
    path: pathMatch(path),
    headers: (headers ?? []).map(headerMatch),
    query: (queryParams ?? []).map(({ name, type, value }) => ({ name, value: textMatch(type, value) })),
    ...(method === undefined ? {} : { method }),
  };
}

/** @throws UnusableRoute */
export function grpcMatch({ headers, method }: GrpcMatchSpec): GrpcMatch {
  const compiled = (headers ?? []).map(headerMatch);
  if (method === undefined) return { headers: compiled };
  if (method.type === "RegularExpression") {
    throw new UnusableRoute("a method match of type RegularExpression is not supported");
  }
  // Empty text does not restrict.
  const rpc = {
    ...(method.service ? { service: method.service } : {}),
    ...(method.method ? { method: method.method } : {}),
  };
  return { headers: compiled, rpc };
}

function pathMatch({ type, value }: HttpMatchSpec["path"]): HttpMatch["path"] {
  if (type === "RegularExpression") return { regex: regex(value) };
  if (!value.startsWith("/")) throw new UnusableRoute(`the path ${JSON.stringify(value)} does not begin with "/"`);
  return type === "Exact" ? { exact: value } : { prefix: value };
}

function headerMatch({ name, type, value }: { name: string; type: string; value: string }): NamedMatch {
  checkHeaderName(name);
  if (type === "Exact") checkHeaderValue(value);
  return { name: name.toLowerCase(), value: textMatch(type, value) };
}

function textMatch(type: string, value: string): TextMatch {
  return type === "Exact" ? { exact: value } : { regex: regex(value) };
}

/** Cached, because patterns repeat from route to route, and compiling them takes the most time. */
const compiled = new Map<string, Regex>();

function regex(pattern: string): Regex {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  try {
    const made = compileRegex(pattern);
    if (compiled.size > 10_000) compiled.clear();
    compiled.set(pattern, made);
    return made;
  } catch (error) {
    if (error instanceof RegexError) {
      throw new UnusableRoute(`the regular expression ${JSON.stringify(pattern)} is refused: ${error.message}`);
    }
    throw error;
  }
}

/** @throws UnusableRoute if a filter has values that the webhook and the policy controller refuse. */
export function checkFilter(filter: RouteFilter): void {
  if (filter.kind === "request-headers" || filter.kind === "response-headers") checkModifier(filter.modifier);
  if (filter.kind === "redirect") checkRedirect(filter.redirect);
}

function checkModifier({ set, add, remove }: HeaderModifier): void {
  for (const { name, value } of [...add, ...set]) {
    checkHeaderName(name);
    checkHeaderValue(value);
  }
  for (const name of remove) checkHeaderName(name);
}

function checkRedirect({ path, statusCode }: Redirect): void {
  if (statusCode < 100 || statusCode > 999) throw new UnusableRoute(`${statusCode} is not an HTTP status`);
  if (path === undefined) return;
  const replacement = path.replaceFullPath ?? path.replacePrefixMatch;
  if (replacement === undefined) {
    throw new UnusableRoute("a redirect's path needs replaceFullPath or replacePrefixMatch");
  }
  if (!replacement.startsWith("/")) {
    throw new UnusableRoute(`the redirect's path ${JSON.stringify(replacement)} does not begin with "/"`);
  }
}

function checkHeaderName(name: string): void {
  if (!/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(name)) {
    throw new UnusableRoute(`${JSON.stringify(name)} is not the name of an HTTP header`);
  }
}

function checkHeaderValue(value: string): void {
  if (!/^[\t\x20-\x7e\u{80}-\u{10ffff}]*$/u.test(value)) {
    throw new UnusableRoute(`${JSON.stringify(value)} is not the value of an HTTP header`);
  }
}

/**
 * Why the policy controller ignores a route although the API server accepted it; undefined if it uses the route. Includes what the webhook would
 * refuse, because a webhook that fails open admits it.
 */
export function unusable(route: Route): string | undefined {
  try {
    checkMatches(route);
  } catch (error) {
    if (error instanceof UnusableRoute) return error.message;
    throw error;
  }
  const unsupported = route.rules.flatMap(({ filters }) => filters).find(({ kind }) => kind === "unsupported");
  return unsupported?.kind === "unsupported" ? `the filter ${unsupported.type} is not supported` : undefined;
}

/** @throws UnusableRoute if the webhook refuses the route's rules. */
export function checkMatches(route: Route): void {
  if (route.kind === "HTTPRoute") for (const { matches } of route.rules) matches.forEach(httpMatch);
  else for (const { matches } of route.rules) matches.forEach(grpcMatch);
  for (const { filters } of route.rules) filters.forEach(checkFilter);
}
