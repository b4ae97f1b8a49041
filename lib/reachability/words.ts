import { matchWords } from "../cilium/policy/proxied";
import type { RateLimit } from "../linkerd/policy/rate-limits";
import { AUDIT_WORDS } from "../linkerd/policy/words";
import { ofEveryProtocol, type StandsFor, standsForWords } from "../scenario/port-group";
import type { LinkerdDecision, RouteDecision } from "./linkerd-decision";
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

/**
 * The policy's name, or what one of Cilium's own defaults means. A namespaced policy stands in the namespace of the end where it
 * decides, so only a clusterwide one needs a word more.
 */
function ruleName(rule: string): string {
  const [namespace, name = rule] = rule.split("/", 2);
  return defaults.get(rule) ?? (namespace === "" ? `clusterwide ${name}` : name);
}

const isDefaultRule = (rule: string): boolean => defaults.has(rule);
const isLocalhostRule = (rule: string): boolean => rule === defaultRule("allow-localhost-ingress");

/** Which policies decide, and at which end: `db (ingress), web (egress)`; for a denial, what denies. */
export function decidedBy(verdict: Verdict): string {
  return reasonsOf(verdict).join(", ");
}

/** What of a flow passes Cilium's own proxy, where it goes there: `then Cilium's proxy, for GET /env alone`. */
export function proxiedWords({ l7, proxied }: Pick<Verdict, "l7" | "proxied">): string {
  if (l7 !== true) return "";
  const each = [proxied?.egress, proxied?.ingress].filter((matches) => matches !== undefined);
  const parts = each.map((matches) => someOf(matches.map(matchWords), mostRequests));
  return `then Cilium's proxy${parts.length === 0 ? "" : `, for ${[...new Set(parts)].join(", and of that ")} alone`}`;
}

/** More tell less, in a line. */
const mostRequests = 4;

/** What a rule with `authentication` asks for, and nobody gives. */
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
    // The policy may well name the application's port: the packet goes elsewhere.
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

/** What Linkerd's authorization says, as one text: `GET /env ✓, everything else ✗ 404 (Server api, AuthorizationPolicy web)`. */
export function linkerdWords(linkerd: LinkerdDecision): string {
  const { verdict, routes } = linkerd;
  const by = decidersWords(linkerd);
  const exempt = exemptWords({ linkerd });
  if (exempt !== "") return `${by}, but ${exempt} ✓`;
  // To whom everything is shut it matters little by which route: those who read the parts find it there.
  return routes === undefined || verdict === "denied" ? by : `${routeWords(routes)} (${by})`;
}

/** Who decides, and why, whatever is asked for: `Server api, AuthorizationPolicy web`. */
export function decidersWords({ verdict, owner, admittedBy = [], reason, rateLimit }: LinkerdDecision): string {
  if (reason !== undefined) return verdict === "unknown" ? `it depends on ${reason}` : reason;
  const limits = rateLimit === undefined ? [] : [rateLimitWords(rateLimit)];
  return [...new Set([owner, ...admittedBy])].map(auditWords).concat(limits).join(", ");
}

const auditWords = (name: string) => (AUDIT_WORDS.includes(name) ? `${name} (only logs)` : name);

/** The requests that pass although the rest is denied, as those of probes do: `GET /ready`; empty where nothing does. */
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

/** What becomes of which requests: `GET /env ✓, everything else ✗ 404`. */
export function routeWords(routes: readonly RouteDecision[]): string {
  return routes
    .map(({ requests, verdict, status }) => {
      const answer = status === undefined ? "" : verdict === "denied" ? ` ${status}` : ` or ${status}`;
      return `${requests} ${mark[verdict]}${answer}`;
    })
    .join(", ");
}

/** Whether who is let in at 4143 has this port with all the others: Cilium does not see which it asks for, and no Server guards it. */
export function opensAllPorts({ wire, linkerd }: Verdict): boolean {
  return wire?.opensAllPorts === true && linkerd === undefined;
}

const ends = ["ingress", "egress"] as const;

function policiesAt(verdict: Verdict, end: "ingress" | "egress"): string[] {
  const rules = (end === "ingress" ? verdict.ingressRules : verdict.egressRules) ?? [];
  return rules.filter((rule) => !isDefaultRule(rule)).map(ruleName);
}

/** No policy selects the destination: whoever gets a packet out reaches it, on every port. */
export function unguarded({ ingress, ingressRules }: Verdict): boolean {
  return ingress === "no policy here" || ingressRules?.includes(defaultRule("allow-any-ingress")) === true;
}

/** No policy selects the source. */
export function unbound({ egress, egressRules }: Verdict): boolean {
  return egress === "no policy here" || egressRules?.includes(defaultRule("allow-any-egress")) === true;
}

/** Neither end is a pod: no policy can ever bear on it, so it is nothing to show. */
export function beyondPolicies({ egress, ingress }: Verdict): boolean {
  return egress === "no policy here" && ingress === "no policy here";
}

/** The kubelet and whatever else runs on the pod's own node, which Cilium lets in unless a policy denies it. */
export function fromOwnNode({ ingressRules = [] }: Verdict): boolean {
  return ingressRules.length > 0 && ingressRules.every(isLocalhostRule);
}

/** How the packet travels; empty where the scenario has no mesh. */
export function meshWords(verdict: Verdict): string {
  const { wire } = verdict;
  if (wire === undefined) return "";
  if (wire.refused !== undefined) return "refused by the proxy";
  const how = wire.mtls ? "mTLS" : "plain text";
  // Where no policy guards the destination, all ports are open anyway.
  if (opensAllPorts(verdict) && verdict.allowed && !unguarded(verdict))
    return `${how} on ${wire.port}, opens all ports`;
  return wire.port === verdict.port ? how : `${how} on ${wire.port}`;
}

/** A port as it is shown: `TCP 80 http`, `ICMP type 8`, or for one that stands for others `TCP 9000-9999`. */
export interface ShownPort {
  proto: string;
  port: number;
  standsFor?: StandsFor;
}

export function portWords({ proto, port, standsFor }: ShownPort, name?: string): string {
  // All protocols need none in front.
  if (standsFor !== undefined) {
    const words = standsForWords(standsFor);
    return ofEveryProtocol(standsFor) ? words : `${proto} ${words}`;
  }
  if (proto.startsWith("ICMP")) return `${proto} type ${port}`;
  return name === undefined ? `${proto} ${port}` : `${proto} ${port} ${name}`;
}

/** Of its protocol: `80`, `9000-9999`. */
export function portNumberWords({ port, standsFor }: Pick<ShownPort, "port" | "standsFor">): string {
  return standsFor === undefined ? String(port) : standsForWords(standsFor);
}

/** `TCP 80, 443, UDP 53`: each protocol once. */
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
