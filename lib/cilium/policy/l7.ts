import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import type { PortRule } from "../api/policy";

/** How Cilium's proxy reads a connection. */
export type Parser = "tls" | "http" | "dns" | "crd";

/**
 * What a rule hands to Cilium's own proxy. It does not change the L4 verdict, but it has precedence over plain allow rules, so it decides
 * which policy a verdict names; and two that do not go together leave the pod without a new policy.
 */
export interface L7Policy {
  parser: Parser;
  /** The listener of a CiliumEnvoyConfig, by kind and names. */
  listener: string;
  /** 1 (first) to 126; 0 is none. */
  priority: number;
  /** HTTP or DNS rules are present. */
  rules: boolean;
  serverNames: readonly string[];
  /** The TLS contexts as text, empty where absent. */
  terminatingTls: string;
  originatingTls: string;
}

/** `pkg/policy/l4.go`: the lower comes first. */
const DEFAULT_PRIORITY: Readonly<Record<Parser, number>> = { http: 101, tls: 116, dns: 121, crd: 126 };

export function l7Policy(rule: PortRule, protocol: number): L7Policy | undefined {
  const http = (rule.rules?.http ?? []).length;
  const dns = (rule.rules?.dns ?? []).length;
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
    rules: http + dns > 0,
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
 * Two policies for the same peer on the same port, as `mergePortProto` makes one of them; a text where Cilium cannot, and the pod keeps
 * the policy it had.
 */
export function mergeL7(a: L7Policy | undefined, b: L7Policy | undefined): L7Policy | undefined | string {
  if (a === undefined || b === undefined) return a ?? b;
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
  if (merged.serverNames.length > 0 && a.rules && merged.terminatingTls === "") {
    return "server names and L7 rules on the same port without TLS termination";
  }
  merged.rules = a.rules || b.rules;
  return merged;
}

/** Only TLS interception can become HTTP. */
function promoted(a: Parser, b: Parser): Parser | undefined {
  if ((a === "tls" && b === "http") || (a === "http" && b === "tls")) return "http";
  return undefined;
}

function contextText(context: unknown): string {
  return context === undefined || context === null ? "" : JSON.stringify(context);
}
