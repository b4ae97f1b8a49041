import { remembered } from "../../common/maps";
import { patternTakes } from "../api/fqdn";
import type { FqdnSelector, HttpRule } from "../api/policy";

/** Some of what Cilium's proxy lets through on a port. Without members: everything. */
export interface ProxiedMatch {
  /** The server name that a TLS client asks for, or a pattern of names. */
  serverName?: string;
  /** The request. */
  http?: HttpRule;
  /** The name that is looked up. */
  dns?: FqdnSelector;
  /** A listener of a CiliumEnvoyConfig, which decides by what stands there. */
  listener?: string;
}

/** What is let through that no proxy looks at. */
export const EVERYTHING: readonly ProxiedMatch[] = [{}];

/** Each once, in an order of its own. */
export function matchesOf(matches: readonly ProxiedMatch[]): readonly ProxiedMatch[] {
  if (matches.some((one) => Object.keys(one).length === 0)) return EVERYTHING;
  const distinct = new Map(matches.map((one) => [matchText(one), one]));
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** Equal for equal matches. */
export const matchText = (match: ProxiedMatch): string => JSON.stringify(match);

/** Whether `is` lets something through that `was` did not. Where that cannot be told, as of regular expressions, it does. */
export function letsThroughMore(was: readonly ProxiedMatch[], is: readonly ProxiedMatch[]): boolean {
  return is.some((one) => !was.some((other) => takes(other, one)));
}

/** Whether all that `narrow` matches is matched by `wide`. False where that cannot be told. */
function takes(wide: ProxiedMatch, narrow: ProxiedMatch): boolean {
  if (wide.listener !== undefined && wide.listener !== narrow.listener) return false;
  if (wide.serverName !== undefined && !patternHolds(wide.serverName, narrow.serverName)) return false;
  if (wide.http !== undefined && !takesRequests(wide.http, narrow.http)) return false;
  return wide.dns === undefined || (narrow.dns !== undefined && patternTakes(wide.dns, narrow.dns));
}

const patternHolds = (wide: string, narrow: string | undefined) =>
  narrow !== undefined &&
  patternTakes({ matchPattern: wide }, isName(narrow) ? { matchName: narrow } : { matchPattern: narrow });
const isName = (text: string) => !text.includes("*");

function takesRequests(wide: HttpRule, narrow: HttpRule | undefined): boolean {
  if (!["method", "path", "host"].every((key) => expressionTakes(key, textOf(wide, key), textOf(narrow, key))))
    return false;
  return conditionsOf(wide).every((one) => conditionsOf(narrow).includes(one));
}

const textOf = (rule: HttpRule | undefined, key: string) => rule?.[key as "method" | "path" | "host"] || undefined;

/** Headers without which a request is refused; a mismatch that is only logged or mended refuses none. */
function conditionsOf(rule: HttpRule | undefined): string[] {
  const asked = (rule?.headerMatches ?? []).filter(({ mismatch }) => mismatch === undefined || mismatch === "");
  return [...(rule?.headers ?? []), ...asked.map((one) => JSON.stringify(one))];
}

const ANY_TEXT = /^\^?\.\*\$?$/;
/** A path begins with a slash whatever it is. */
const ANY_PATH = /^\^?\/?\.\*\$?$/;

/** Of regular expressions, which must match the whole text. */
function expressionTakes(key: string, wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === narrow || (key === "path" ? ANY_PATH : ANY_TEXT).test(wide)) return true;
  return narrow !== undefined && /^[\w/ -]*$/.test(narrow) && whole(wide)?.test(narrow) === true;
}

/** Undefined of what is an expression to Go alone. */
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
