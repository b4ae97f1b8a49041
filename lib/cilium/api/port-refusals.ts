import { type Path, type Problem, problem } from "../../common/problem";
import { isExtendedProtocol, isPortName, parsePortNumber, parseRuleProtocol } from "../../kubernetes/ports";
import { isGoRegExp } from "../../kubernetes/schema/go-regexp";
import { nameProblem, patternProblem } from "./fqdn";
import type { PortProtocol, PortRule } from "./policy";

const MAX_PORTS = 40;

export interface PortContext {
  /** Deny rules have ports only: L7 rules are ignored there. */
  direction: "ingress" | "egress" | "deny";
  /** Whether the rule selects nodes. */
  host: boolean;
  l7Proxy: boolean;
  /** Whether `port` may be absent for protocols without ports. Default false: it has to be `"0"`. */
  extendedProtocols?: boolean;
}

/** Why Cilium refuses the `toPorts` of an item (`PortRule.sanitize`, `L7Rules.sanitize`, `PortProtocol.sanitize`). */
export function portRuleProblems(rules: PortRule[] | null | undefined, path: Path, context: PortContext): Problem[] {
  return (rules ?? []).flatMap((rule, index) => onePortRuleProblems(rule ?? {}, [...path, index], context));
}

function onePortRuleProblems(
  rule: PortRule,
  at: Path,
  { direction, host, l7Proxy, extendedProtocols = false }: PortContext,
): Problem[] {
  const ports = rule.ports ?? [];
  const problems: Problem[] = [];
  if (ports.length > MAX_PORTS)
    problems.push(problem("invalid-port", [...at, "ports"], `${ports.length} ports, the most is ${MAX_PORTS}`));
  if (direction === "deny")
    return [
      ...problems,
      ...ports.flatMap((port, index) =>
        portProblems(port ?? {}, [...at, "ports", index], { dns: false, extendedProtocols }),
      ),
    ];

  const http = (rule.rules?.http ?? []) as HttpRule[];
  const dns = (rule.rules?.dns ?? []) as DnsRule[];
  const l7 = http.length + dns.length > 0;
  if (l7 && !l7Proxy)
    problems.push(problem("invalid-port", [...at, "rules"], "the agent has no L7 proxy (l7Proxy=false)"));
  if (direction === "ingress" && dns.length > 0)
    problems.push(problem("invalid-port", [...at, "rules", "dns"], "DNS rules are not allowed on ingress"));
  if (host && direction === "ingress" && l7)
    problems.push(problem("invalid-port", [...at, "rules"], "L7 rules are not supported on a node's ingress"));
  if (host && direction === "egress" && http.length > 0)
    problems.push(problem("invalid-port", [...at, "rules", "http"], "HTTP rules are not supported on a node's egress"));
  for (const [index, port] of ports.entries()) {
    problems.push(...portProblems(port ?? {}, [...at, "ports", index], { dns: dns.length > 0, extendedProtocols }));
    const protocol = parseRuleProtocol(port?.protocol);
    if (l7 && dns.length === 0 && protocol !== "TCP") {
      problems.push(
        problem(
          "invalid-port",
          [...at, "ports", index, "protocol"],
          `L7 rules apply to TCP only, not ${protocol ?? port?.protocol}`,
        ),
      );
    }
    if (l7 && isZero(port ?? {}))
      problems.push(problem("invalid-port", [...at, "ports", index, "port"], "L7 rules need a port, not 0"));
  }
  problems.push(...serverNameProblems(rule, at, l7));
  if (present(rule.listener)) {
    if (direction === "ingress") problems.push(problem("invalid-port", [...at, "listener"], "not allowed on ingress"));
    if (l7) problems.push(problem("invalid-port", [...at, "listener"], "not allowed together with L7 rules"));
  }
  if (l7) {
    if (present(rule.rules?.http) && present(rule.rules?.dns))
      problems.push(problem("invalid-port", [...at, "rules"], "only one of http and dns is allowed"));
    if (present(rule.rules?.dns) && ports.length === 0)
      problems.push(problem("invalid-port", [...at, "ports"], "DNS rules need port 53"));
    problems.push(...http.flatMap((item, index) => httpProblems(item ?? {}, [...at, "rules", "http", index])));
    problems.push(...dns.flatMap((item, index) => dnsProblems(item ?? {}, [...at, "rules", "dns", index])));
  }
  return problems;
}

function serverNameProblems(rule: PortRule, at: Path, l7: boolean): Problem[] {
  const names = rule.serverNames ?? [];
  const problems: Problem[] = [];
  if (names.length > 0 && l7 && !present(rule.terminatingTLS)) {
    problems.push(
      problem("invalid-port", [...at, "serverNames"], "not allowed together with L7 rules unless TLS is terminated"),
    );
  }
  if (names.some((name) => !name))
    problems.push(problem("invalid-port", [...at, "serverNames"], "a server name must not be empty"));
  return problems;
}

function portProblems(
  { port = "", endPort, protocol }: PortProtocol,
  at: Path,
  { dns, extendedProtocols }: { dns: boolean; extendedProtocols: boolean },
): Problem[] {
  const problems: Problem[] = [];
  if (parseRuleProtocol(protocol) === undefined) {
    problems.push(
      problem(
        "invalid-port",
        [...at, "protocol"],
        `unknown protocol "${protocol}"; use TCP, UDP, SCTP or ANY (for ICMP there is icmps)`,
      ),
    );
  }
  if (!port && extendedProtocols && isExtendedProtocol(protocol)) return problems;
  if (!port) return [...problems, problem("invalid-port", [...at, "port"], 'must be given; "0" is any port')];
  if (isPortName(port)) return problems;
  if (port !== "0" && isExtendedProtocol(protocol))
    problems.push(problem("invalid-port", [...at, "port"], `${protocol} has no ports, use "0"`));
  const number = parsePortNumber(port);
  if (number === undefined) {
    problems.push(
      problem(
        "invalid-port",
        [...at, "port"],
        `"${port}" is neither a port number nor a port name (at most 15 letters, digits and single dashes)`,
      ),
    );
  } else if (dns && (endPort ?? 0) > number) {
    problems.push(problem("invalid-port", [...at, "endPort"], "DNS rules do not support port ranges"));
  }
  return problems;
}

function isZero({ port }: PortProtocol): boolean {
  return port !== undefined && port !== null && !isPortName(port) && parsePortNumber(port) === 0;
}

interface HttpRule {
  path?: string;
  method?: string;
  headerMatches?: { name?: string; mismatch?: string; secret?: { name?: string } }[];
}

interface DnsRule {
  matchName?: string;
  matchPattern?: string;
}

const MISMATCH_ACTIONS: readonly string[] = ["LOG", "ADD", "DELETE", "REPLACE"];

/** Paths and methods are regular expressions in Go's syntax. */
function httpProblems({ path, method, headerMatches }: HttpRule, at: Path): Problem[] {
  const problems: Problem[] = [];
  for (const [member, expression] of Object.entries({ path, method })) {
    if (expression && !isGoRegExp(expression))
      problems.push(problem("invalid-port", [...at, member], `"${expression}" is not a regular expression`));
  }
  for (const [index, match] of (headerMatches ?? []).entries()) {
    if (!match?.name) problems.push(problem("invalid-port", [...at, "headerMatches", index, "name"], "must be given"));
    if (match?.mismatch && !MISMATCH_ACTIONS.includes(match.mismatch)) {
      problems.push(
        problem(
          "invalid-port",
          [...at, "headerMatches", index, "mismatch"],
          `"${match.mismatch}" is not one of ${MISMATCH_ACTIONS.join(", ")}`,
        ),
      );
    }
    if (match?.secret && !match.secret.name)
      problems.push(problem("invalid-port", [...at, "headerMatches", index, "secret", "name"], "must be given"));
  }
  return problems;
}

function dnsProblems({ matchName, matchPattern }: DnsRule, at: Path): Problem[] {
  const reasons = [
    matchName ? nameProblem(matchName) : undefined,
    matchPattern ? patternProblem(matchPattern) : undefined,
  ];
  return reasons.flatMap((reason) => (reason === undefined ? [] : [problem("invalid-port", at, reason)]));
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}
