import { compileRegex, type Regex, RegexError } from "./regex";
import type { GrpcMatchSpec, HttpMatchSpec, Route } from "./route";
import type { HeaderModifier, Redirect, RouteFilter } from "./route-filter";

/** A text to compare with, or a regular expression that must span all. */
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
  /** Absent where the match has no `method`: the policy controller sends such a one, and the proxy refuses the whole server for it. */
  rpc?: { service?: string; method?: string };
}

/** Why the policy controller cannot use a route; it then ignores all of it. */
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
  // An empty text is no restriction.
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

/** Patterns repeat from route to route, and compiling them is the costliest part of a route. */
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

/** @throws UnusableRoute where a filter's values are such as neither the webhook nor the policy controller takes. */
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
 * Why the policy controller ignores a route whole, although the API server and its webhook took it; `undefined` where it uses it.
 * What it would refuse at admission comes here too, since a webhook that fails open lets it in.
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

/** @throws UnusableRoute what the webhook refuses in a route's rules. */
export function checkMatches(route: Route): void {
  if (route.kind === "HTTPRoute") for (const { matches } of route.rules) matches.forEach(httpMatch);
  else for (const { matches } of route.rules) matches.forEach(grpcMatch);
  for (const { filters } of route.rules) filters.forEach(checkFilter);
}
