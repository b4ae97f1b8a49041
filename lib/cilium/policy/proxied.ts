import { remembered } from "../../common/maps";
import { patternTakes } from "../api/fqdn";
import type { FqdnSelector, HttpRule } from "../api/policy";

/** Traffic that Cilium's proxy admits on a port; all members must match. Without members: everything. */
export interface ProxiedMatch {
  /** The server name in the TLS handshake, or a pattern. */
  serverName?: string;
  /** The request. */
  http?: HttpRule;
  /** The name in the DNS query. */
  dns?: FqdnSelector;
  /** A listener of a CiliumEnvoyConfig, whose own configuration decides. */
  listener?: string;
}

/** What is admitted without a proxy. */
export const EVERYTHING: readonly ProxiedMatch[] = [{}];

/** Removes duplicates and sorts. */
export function matchesOf(matches: readonly ProxiedMatch[]): readonly ProxiedMatch[] {
  if (matches.some((one) => Object.keys(one).length === 0)) return EVERYTHING;
  const distinct = new Map(matches.map((one) => [matchText(one), one]));
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** Equal for equal matches. */
export const matchText = (match: ProxiedMatch): string => JSON.stringify(match);

/** Whether `is` admits something that `was` does not. True if that cannot be decided, as for two regular expressions. */
export function letsThroughMore(was: readonly ProxiedMatch[], is: readonly ProxiedMatch[]): boolean {
  return is.some((one) => !was.some((other) => contains(other, one)));
}

/** Whether `wide` matches everything that `narrow` matches. False if that cannot be decided. */
function contains(wide: ProxiedMatch, narrow: ProxiedMatch): boolean {
  if (wide.listener !== undefined && wide.listener !== narrow.listener) return false;
  if (wide.serverName !== undefined && !containsServerNames(wide.serverName, narrow.serverName)) return false;
  if (wide.http !== undefined && !containsRequests(wide.http, narrow.http)) return false;
  return wide.dns === undefined || (narrow.dns !== undefined && patternTakes(wide.dns, narrow.dns));
}

const containsServerNames = (wide: string, narrow: string | undefined) =>
  narrow !== undefined &&
  patternTakes({ matchPattern: wide }, isName(narrow) ? { matchName: narrow } : { matchPattern: narrow });
const isName = (text: string) => !text.includes("*");

function containsRequests(wide: HttpRule, narrow: HttpRule | undefined): boolean {
  if (!["method", "path", "host"].every((key) => containsExpression(key, textOf(wide, key), textOf(narrow, key))))
    return false;
  return conditionsOf(wide).every((one) => conditionsOf(narrow).includes(one));
}

const textOf = (rule: HttpRule | undefined, key: string) => rule?.[key as "method" | "path" | "host"] || undefined;

/** The headers without which a request is refused. A mismatch that is only logged or corrected does not refuse it. */
function conditionsOf(rule: HttpRule | undefined): string[] {
  const asked = (rule?.headerMatches ?? []).filter(({ mismatch }) => mismatch === undefined || mismatch === "");
  return [...(rule?.headers ?? []), ...asked.map((one) => JSON.stringify(one))];
}

const ANY_TEXT = /^\^?\.\*\$?$/;
/** Every path starts with a slash. */
const ANY_PATH = /^\^?\/?\.\*\$?$/;

/** Whether one regular expression contains another. Both match whole texts. */
function containsExpression(key: string, wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === narrow || (key === "path" ? ANY_PATH : ANY_TEXT).test(wide)) return true;
  return narrow !== undefined && /^[\w/ -]*$/.test(narrow) && whole(wide)?.test(narrow) === true;
}

/** Undefined for an expression that only Go understands. */
const whole = remembered((expression: string): RegExp | undefined => {
  try {
    return new RegExp(`^(?:${expression})$`);
  } catch {
    return undefined;
  }
});

/** `GET /public with X-Env: prod`, `names under *.example.com`. */
export function matchWords({ serverName, http, dns, listener }: ProxiedMatch): string {
  const request = http === undefined ? undefined : requestWords(http);
  const name = dns === undefined ? undefined : `DNS names ${dns.matchName || dns.matchPattern || "of none"}`;
  const tls = serverName === undefined ? undefined : `TLS to ${serverName}`;
  const own = listener === undefined ? undefined : `what its listener ${listener} admits`;
  return [request, name, tls, own].filter((one) => one !== undefined).join(", ") || "everything";
}

function requestWords(rule: HttpRule): string {
  const { method, path, host } = rule;
  const what = [method || undefined, path || (method ? "/*" : undefined)].filter(Boolean).join(" ");
  const conditions = conditionsOf(rule);
  const where = host ? ` at ${host}` : "";
  return `${what || "any request"}${where}${conditions.length === 0 ? "" : ` with ${conditions.join(", ")}`}`;
}
