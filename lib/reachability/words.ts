import { matchWords } from "../cilium/policy/proxied";
import type { RateLimit } from "../linkerd/policy/rate-limits";
import { AUDIT_WORDS } from "../linkerd/policy/words";
import { ofEveryProtocol, type StandsFor, standsForWords } from "../scenario/port-group";
import type { LinkerdDecision, RouteDecision } from "./linkerd/linkerd-decision";
import { type DefaultRule, defaultRule, type State, stateOf, type Verdict } from "./verdict";

export const mark: Record<State, string> = { allowed: "✓", denied: "✗", unknown: "?" };

const defaultWords: Record<DefaultRule, string> = {
  "allow-any-ingress": "no ingress policy",
  "allow-any-egress": "no egress policy",
  "allow-localhost-ingress": "its own node, always",
};
const defaults = new Map(
  (Object.keys(defaultWords) as DefaultRule[]).map((name) => [defaultRule(name), defaultWords[name]]),
);

/** The policy's name, or the meaning of a default rule. A namespaced policy is in the namespace of its end, so only a clusterwide one is marked. */
function ruleName(rule: string): string {
  const [namespace, name = rule] = rule.split("/", 2);
  return defaults.get(rule) ?? (namespace === "" ? `clusterwide ${name}` : name);
}

const isDefaultRule = (rule: string): boolean => defaults.has(rule);
const isLocalhostRule = (rule: string): boolean => rule === defaultRule("allow-localhost-ingress");

/** The deciding policies, each with its end: `db (ingress), web (egress)`; for a denial, what denies. */
export function decidedBy(verdict: Verdict): string {
  return reasonsOf(verdict).join(", ");
}

/** The requests that pass Cilium's own proxy: `then Cilium's proxy, for GET /env alone`; empty if the flow does not go there. */
export function proxiedWords({ l7, proxied }: Pick<Verdict, "l7" | "proxied">): string {
  if (l7 !== true) return "";
  const each = [proxied?.egress, proxied?.ingress].filter((matches) => matches !== undefined);
  const parts = each.map((matches) => someOf(matches.map(matchWords), mostRequests));
  return `then Cilium's proxy${parts.length === 0 ? "" : `, for ${[...new Set(parts)].join(", and of that ")} alone`}`;
}

/** A line with more is hard to read. */
const mostRequests = 4;

/** What a rule with `authentication` requires if the agents lack it. */
export const AUTHENTICATION = "mutual authentication, which Cilium does not give";

/** The parts of {@link decidedBy}. */
export function reasonsOf(verdict: Verdict): string[] {
  const state = stateOf(verdict);
  if (state === "unknown") {
    const { linkerd } = verdict;
    const byLinkerd = linkerd?.verdict === "unknown" ? [`Linkerd: ${linkerdWords(linkerd)}`] : [];
    const all = [...(verdict.unknown ?? []).filter((missing) => missing !== linkerd?.reason), ...byLinkerd];
    return all.length === 0 ? ["not enough is known"] : all;
  }
  if (state === "denied") {
    const denials = ends.filter((end) => verdict[end] === "denied");
    const byLinkerd = verdict.linkerd?.verdict === "denied" ? [`Linkerd: ${linkerdWords(verdict.linkerd)}`] : [];
    if (denials.length === 0) return byLinkerd.length > 0 ? byLinkerd : [verdict.wire?.refused ?? "refused"];
    // Name the port on the wire, because the policy may well admit the application's port.
    const onWire = verdict.wire !== undefined && verdict.wire.port !== verdict.port ? ` for ${verdict.wire.port}` : "";
    const byCilium = denials.flatMap((end) => {
      if (verdict.authenticates?.includes(end) === true)
        return policiesAt(verdict, end).map((name) => `${name} requires ${AUTHENTICATION} (${end})`);
      const named = policiesAt(verdict, end);
      return named.length === 0 ? [`no ${end} rule${onWire}`] : named.map((name) => `${name} denies (${end})`);
    });
    return [...byCilium, ...byLinkerd];
  }
  const named = ends.flatMap((end) => policiesAt(verdict, end).map((name) => `${name} (${end})`));
  const { linkerd } = verdict;
  if (linkerd !== undefined) named.push(`Linkerd: ${linkerdWords(linkerd)}`);
  if (named.length > 0) return named;
  return [verdict.ingressRules?.some(isLocalhostRule) ? "its own node, always" : "no policy"];
}

/** Linkerd's decision as one text: `GET /env ✓, everything else ✗ 404 (Server api, AuthorizationPolicy web)`. */
export function linkerdWords(linkerd: LinkerdDecision): string {
  const { verdict, routes } = linkerd;
  const by = decidersWords(linkerd);
  const exempt = exemptWords({ linkerd });
  if (exempt !== "") return `${by}, but ${exempt} ✓`;
  // If everything is denied, the routes add little.
  return routes === undefined || verdict === "denied" ? by : `${routeWords(routes)} (${by})`;
}

/** The deciding objects or the reason, without routes: `Server api, AuthorizationPolicy web`. */
export function decidersWords({ verdict, owner, admittedBy = [], reason, rateLimit }: LinkerdDecision): string {
  if (reason !== undefined) return verdict === "unknown" ? `it depends on ${reason}` : reason;
  const limits = rateLimit === undefined ? [] : [rateLimitWords(rateLimit)];
  return [...new Set([owner, ...admittedBy])].map(auditWords).concat(limits).join(", ");
}

const auditWords = (name: string) => (AUDIT_WORDS.includes(name) ? `${name} (only logs)` : name);

/** The requests, such as those of probes, that pass although everything else is denied: `GET /ready`; empty if there are none. */
export function exemptWords({ linkerd }: Pick<Verdict, "linkerd">): string {
  if (linkerd?.verdict !== "denied") return "";
  const open = (linkerd.routes ?? []).filter(({ verdict }) => verdict !== "denied");
  return open.map(({ requests }) => requests).join(", ");
}

/** `at most 100 requests/s in all, 10 of its identity, then 429 (HTTPLocalRateLimitPolicy limit)`. */
function rateLimitWords({ policy, total, client }: RateLimit): string {
  const parts = [
    ...(total === undefined ? [] : [`${total} requests/s in all`]),
    ...(client === undefined ? [] : [`${client}${total === undefined ? " requests/s" : ""} of its identity`]),
  ];
  return `at most ${parts.join(", ")}, then 429 (HTTPLocalRateLimitPolicy ${policy})`;
}

/** The decision about each set of requests: `GET /env ✓, everything else ✗ 404`. */
export function routeWords(routes: readonly RouteDecision[]): string {
  return routes
    .map(({ requests, verdict, status }) => {
      const answer = status === undefined ? "" : verdict === "denied" ? ` ${status}` : ` or ${status}`;
      return `${requests} ${mark[verdict]}${answer}`;
    })
    .join(", ");
}

/** Whether admission at 4143 opens this port together with all others: Cilium does not see which port a client asks for, and no Server guards it. */
export function opensAllPorts({ wire, linkerd }: Verdict): boolean {
  return wire?.opensAllPorts === true && linkerd === undefined;
}

const ends = ["ingress", "egress"] as const;

function policiesAt(verdict: Verdict, end: "ingress" | "egress"): string[] {
  const rules = (end === "ingress" ? verdict.ingressRules : verdict.egressRules) ?? [];
  return rules.filter((rule) => !isDefaultRule(rule)).map(ruleName);
}

/** Whether no policy selects the destination, so that every packet that leaves its source arrives, on every port. */
export function unguarded({ ingress, ingressRules }: Verdict): boolean {
  return ingress === "no policy here" || ingressRules?.includes(defaultRule("allow-any-ingress")) === true;
}

/** Whether no policy selects the source. */
export function unbound({ egress, egressRules }: Verdict): boolean {
  return egress === "no policy here" || egressRules?.includes(defaultRule("allow-any-egress")) === true;
}

/** Whether neither end is a pod. No policy can apply to such a flow, so reports leave it out. */
export function beyondPolicies({ egress, ingress }: Verdict): boolean {
  return egress === "no policy here" && ingress === "no policy here";
}

/** Whether the flow passes only because it comes from the pod's own node, which Cilium admits unless a policy denies it. */
export function fromOwnNode({ ingressRules = [] }: Verdict): boolean {
  return ingressRules.length > 0 && ingressRules.every(isLocalhostRule);
}

/** How the packet travels: `mTLS on 4143`; empty if the scenario has no mesh. */
export function meshWords(verdict: Verdict): string {
  const { wire } = verdict;
  if (wire === undefined) return "";
  if (wire.refused !== undefined) return "refused by the proxy";
  const how = wire.mtls ? "mTLS" : "plain text";
  // If no policy guards the destination, all ports are open anyway.
  if (opensAllPorts(verdict) && verdict.allowed && !unguarded(verdict))
    return `${how} on ${wire.port}, opens all ports`;
  return wire.port === verdict.port ? how : `${how} on ${wire.port}`;
}

/** A port to show: `TCP 80 http`, `ICMP type 8`, or `TCP 9000-9999` for a port that stands for others. */
export interface ShownPort {
  proto: string;
  port: number;
  standsFor?: StandsFor;
}

export function portWords({ proto, port, standsFor }: ShownPort, name?: string): string {
  // "any port or protocol" takes no protocol in front.
  if (standsFor !== undefined) {
    const words = standsForWords(standsFor);
    return ofEveryProtocol(standsFor) ? words : `${proto} ${words}`;
  }
  if (proto.startsWith("ICMP")) return `${proto} type ${port}`;
  return name === undefined ? `${proto} ${port}` : `${proto} ${port} ${name}`;
}

/** The port without its protocol: `80`, `9000-9999`. */
export function portNumberWords({ port, standsFor }: Pick<ShownPort, "port" | "standsFor">): string {
  return standsFor === undefined ? String(port) : standsForWords(standsFor);
}

/** `TCP 80, 443, UDP 53`: consecutive ports of one protocol share its name. */
export function portsWords(ports: readonly ShownPort[]): string {
  const parts: string[] = [];
  let protocol = "";
  for (const port of ports) {
    parts.push(port.proto === protocol ? portNumberWords(port) : portWords(port));
    protocol = port.proto;
  }
  return parts.join(", ");
}

export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : many}`;
}

/** `a, b, c and 12 more` */
export function someOf(
  names: readonly string[],
  most: number,
  show: (name: string) => string = (name) => name,
): string {
  const shown = names.length <= most ? names : names.slice(0, most - 1);
  const list = shown.map(show).join(", ");
  return shown.length === names.length ? list : `${list} and ${names.length - shown.length} more`;
}
