import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import type { FqdnSelector, HttpRule, PortRule } from "../api/policy";
import { EVERYTHING, matchesOf, type ProxiedMatch } from "./proxied";

/** The protocol as which Cilium's proxy parses a connection. */
export type Parser = "tls" | "http" | "dns" | "crd";

/**
 * What a rule redirects to Cilium's proxy. It does not change the L4 verdict, but it takes precedence over plain allow rules and thus decides which
 * policy a verdict names. If two of them conflict, the pod keeps its previous policy.
 */
export interface L7Policy {
  parser: Parser;
  /** The listener of a CiliumEnvoyConfig, by kind and names. */
  listener: string;
  /** From 1, evaluated first, to 126; 0 if there is none. */
  priority: number;
  /** Empty: every request. */
  http: readonly HttpRule[];
  /** Empty: every name. */
  dns: readonly FqdnSelector[];
  serverNames: readonly string[];
  /** The TLS contexts as JSON; empty if absent. */
  terminatingTls: string;
  originatingTls: string;
}

/** Defaults from `pkg/policy/l4.go`. */
const DEFAULT_PRIORITY: Readonly<Record<Parser, number>> = { http: 101, tls: 116, dns: 121, crd: 126 };

export function l7Policy(rule: PortRule, protocol: number): L7Policy | undefined {
  const serverNames = rule.serverNames ?? [];
  const parser = ruleParser(rule, protocol);
  if (parser === undefined) return undefined;
  const listener = (rule.listener ?? undefined) as
    | { name?: string; priority?: number; envoyConfig?: object }
    | undefined;
  return {
    parser,
    listener: listener === undefined ? "" : JSON.stringify([listener.envoyConfig, listener.name]),
    priority: listener?.priority || DEFAULT_PRIORITY[parser],
    http: parser === "http" ? (rule.rules?.http ?? []) : [],
    dns: parser === "dns" ? (rule.rules?.dns ?? []) : [],
    serverNames,
    terminatingTls: contextText(rule.terminatingTLS),
    originatingTls: contextText(rule.originatingTLS),
  };
}

function ruleParser(rule: PortRule, protocol: number): Parser | undefined {
  if (rule.listener !== undefined && rule.listener !== null) return "crd";
  if ((rule.rules?.dns ?? []).length > 0) return "dns";
  if ((rule.rules?.http ?? []).length > 0 && protocol === PROTOCOL_NUMBERS.get("tcp")) return "http";
  const tls = [rule.terminatingTLS, rule.originatingTLS].some((context) => contextText(context) !== "");
  return tls || (rule.serverNames ?? []).length > 0 ? "tls" : undefined;
}

/**
 * Merges two policies for the same peer on the same port as `mergePortProto` does.
 *
 * @returns the reason, as text, if Cilium cannot merge them; the pod then keeps its previous policy
 */
export function mergeL7(a: L7Policy | undefined, b: L7Policy | undefined): L7Policy | undefined | string {
  // A rule without L7 rules admits everything, whatever the other one restricts (`appendL7WildcardRule`).
  if (a === undefined || b === undefined) return admittingAll(a ?? b);
  const parser = a.parser === b.parser ? a.parser : promoted(a.parser, b.parser);
  if (parser === undefined) return `L7 parsers ${a.parser} and ${b.parser} on the same port`;
  const merged = { ...a, parser, priority: parser === a.parser ? a.priority : b.priority };
  if (
    b.listener !== "" &&
    !(b.listener === merged.listener && b.priority === merged.priority) &&
    merged.priority >= b.priority
  ) {
    if (merged.listener !== "" && merged.priority === b.priority)
      return "two listeners of the same priority on the same port";
    merged.listener = b.listener;
    merged.priority = b.priority;
  }
  for (const member of ["terminatingTls", "originatingTls"] as const) {
    if (a[member] !== "" && b[member] !== "" && a[member] !== b[member])
      return `two ${member} contexts on the same port`;
    merged[member] = a[member] || b[member];
  }
  merged.serverNames = [...new Set([...a.serverNames, ...b.serverNames])];
  if (merged.serverNames.length > 0 && hasRules(a) && merged.terminatingTls === "") {
    return "server names and L7 rules on the same port without TLS termination";
  }
  const needsWildcard = hasRules(a) !== hasRules(b);
  merged.http = withWildcard([...a.http, ...b.http], needsWildcard, {});
  merged.dns = withWildcard([...a.dns, ...b.dns], needsWildcard, { matchPattern: "*" });
  return merged;
}

const hasRules = ({ http, dns }: L7Policy) => http.length + dns.length > 0;
const withWildcard = <T>(rules: readonly T[], isNeeded: boolean, wildcard: T): readonly T[] =>
  isNeeded && rules.length > 0 ? [...rules, wildcard] : rules;
const admittingAll = (policy: L7Policy | undefined) =>
  policy && {
    ...policy,
    http: withWildcard(policy.http, true, {}),
    dns: withWildcard(policy.dns, true, { matchPattern: "*" }),
  };

/** What the proxy admits of the traffic that is redirected to it. */
export function proxiedBy({ parser, listener, serverNames, http, dns }: L7Policy): readonly ProxiedMatch[] {
  const requests: ProxiedMatch[] = [
    ...http.map((rule) => (isAnyRequest(rule) ? {} : { http: rule })),
    ...dns.map((rule) => (/^\*+\.?$/.test(rule.matchPattern ?? "") ? {} : { dns: rule })),
  ];
  const within: ProxiedMatch[] = requests.length === 0 ? [{}] : requests;
  const names = serverNames.length === 0 ? [undefined] : serverNames;
  const own = parser === "crd" && listener !== "" ? { listener } : {};
  const matches = names.flatMap((serverName) =>
    within.map((one) => ({ ...own, ...(serverName !== undefined && { serverName }), ...one })),
  );
  return matches.length === 0 ? EVERYTHING : matchesOf(matches);
}

const isAnyRequest = (rule: HttpRule) => Object.values(rule).every((value) => value === "" || value?.length === 0);

/** The parser that can do the work of both: only TLS interception can be promoted, to HTTP. */
function promoted(a: Parser, b: Parser): Parser | undefined {
  if ((a === "tls" && b === "http") || (a === "http" && b === "tls")) return "http";
  return undefined;
}

function contextText(context: unknown): string {
  return context === undefined || context === null ? "" : JSON.stringify(context);
}
