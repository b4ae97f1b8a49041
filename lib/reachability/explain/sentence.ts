import type { Entry } from "../../cilium/policy/entries";
import { enumerate } from "../../common/text";
import type { LinkerdDecision } from "../linkerd/linkerd-decision";
import type { Verdict } from "../verdict";
import { AUTHENTICATION, decidersWords, fromOwnNode, linkerdWords, portWords } from "../words";
import type { EndExplanation, Explanation, JudgedRule, SelectingPolicy } from "./explanation";
import { packetWords } from "./misses";
import type { Packet } from "./parties";
import type { PolicyPlace } from "./sources";

/** `shop/db-ingress`, `clusterwide baseline` */
export function policyWords({ namespace, name }: Pick<PolicyPlace, "namespace" | "name">): string {
  return namespace === undefined ? `clusterwide ${name}` : `${namespace}/${name}`;
}

/** `rule 2 of shop/db-ingress`, `deny rule 1 of clusterwide baseline` */
export function ruleWords({ deny }: Pick<Entry, "deny">, policy: PolicyPlace): string {
  const { path } = policy;
  const [list, place] = [path.at(-2), path.at(-1)];
  const spec = path[0] === "specs" ? ` of specs[${String(path[1])}]` : "";
  if (typeof place !== "number" || list === "specs") return policyWords(policy);
  // The rules of a ClusterNetworkPolicy are numbered consecutively, whatever their effect.
  const isDenyRule = deny && policy.kind !== "ClusterNetworkPolicy";
  return `${isDenyRule ? "deny rule" : "rule"} ${place + 1}${spec} of ${policyWords(policy)}`;
}

/** The reason for the decision of one end. */
type EndReason =
  | { why: "not a pod" | "unknown" | "no default deny" | "own node" | "authentication" | "no labels yet" }
  | { why: "not enforced"; mode: "never" | "audit" }
  | { why: "unselected"; isDenied: boolean }
  | { why: "allow rules" | "deny rules"; rules: readonly JudgedRule[] }
  | { why: "no rule"; closing: readonly SelectingPolicy[] };

function reasonOf(end: Omit<EndExplanation, "sentence">): EndReason {
  const { verdict, matching, policies, defaultDeny, enforcement } = end;
  switch (verdict) {
    case "no policy here":
      return { why: "not a pod" };
    case "unknown":
      return { why: "unknown" };
    case "allowed": {
      if (enforcement === "never" || enforcement === "audit") return { why: "not enforced", mode: enforcement };
      const rules = matching.filter(({ effect, unknown }) => effect === "allow" && unknown === undefined);
      if (rules.length > 0) return { why: "allow rules", rules };
      if (policies.length === 0) return { why: "unselected", isDenied: false };
      return { why: defaultDeny ? "own node" : "no default deny" };
    }
    case "denied": {
      if (end.authenticates === true) return { why: "authentication" };
      const rules = matching.filter(({ effect }) => effect === "deny");
      if (rules.length > 0) return { why: "deny rules", rules };
      if (policies.length > 0) return { why: "no rule", closing: policies.filter((one) => one.defaultDeny) };
      return enforcement === "always" ? { why: "unselected", isDenied: true } : { why: "no labels yet" };
    }
  }
}

/** The decision of one end and its reason, in one sentence. */
export function endSentence(end: Omit<EndExplanation, "sentence">, packet: Packet): string {
  const { direction, subject, peer, matching } = end;
  const reason = reasonOf(end);
  switch (reason.why) {
    case "not a pod":
      return `${subject} is not a pod: no policy applies to its ${direction}.`;
    case "unknown":
      return `Not known: it depends on ${end.unknown ?? "what the input does not say"}.`;
    case "not enforced":
      return `Allowed: ${unenforced[reason.mode]}.`;
    case "allow rules": {
      const { requests } = end;
      const alone = requests === undefined ? "" : `, through Cilium's proxy for ${listed(requests, 4)} alone`;
      return `Allowed by ${listed(reason.rules.map(({ words }) => words))}${alone}.`;
    }
    case "unselected":
      return reason.isDenied
        ? `Denied: no ${direction} policy selects ${subject}, and ${everywhere}.`
        : `Allowed: no ${direction} policy selects ${subject}.`;
    case "no default deny":
      return `Allowed: no policy that selects ${subject} turns on default deny for ${direction}.`;
    case "own node":
      return `Allowed: ${peer} is the pod's own node, which Cilium always lets in.`;
    case "authentication":
      return `Denied: ${askingWords(matching)}.`;
    case "deny rules": {
      const isByTier = reason.rules.some(({ policy }) => policy.kind === "ClusterNetworkPolicy");
      return `Denied by ${listed(reason.rules.map(({ words }) => words))}${isByTier ? "" : ", and denying wins"}.`;
    }
    case "no labels yet":
      return `Denied: ${subject} carries the label init, so Cilium treats it as a pod that has no labels yet.`;
    case "no rule": {
      const what = `${packetWords(packet)} ${direction === "ingress" ? "from" : "to"} ${peer}`;
      const closing = reason.closing.map(({ policy }) => policyWords(policy));
      if (closing.length === 0) return `Denied: ${everywhere}, and no rule allows ${what}.`;
      return `Denied: ${listed(closing)} ${closing.length === 1 ? "closes" : "close"} ${direction}, and no rule allows ${what}.`;
    }
  }
}

/** Whether the sentence of an end names its subject. */
export function namesSubject(end: Omit<EndExplanation, "sentence">): boolean {
  return ["not a pod", "unselected", "no default deny", "no labels yet"].includes(reasonOf(end).why);
}

const unenforced = {
  never: "the agent enforces no policy, since policyEnforcementMode is never",
  audit: "the agent reports what policies deny but lets it through, since policyAuditMode is on",
} as const;
const everywhere = "the agent enforces policy everywhere, since policyEnforcementMode is always";

/** The explanation of a whole flow in one sentence. */
export function sentenceOf({ flow, state, verdict, egress, ingress, wire }: Omit<Explanation, "sentence">): string {
  const who = `${flow.from} → ${flow.to} ${portWords(flow)}`;
  if (state === "allowed") {
    const how = wire?.mtls === true ? ` with mTLS${wire.port === flow.port ? "" : ` on ${wire.port}`}` : "";
    return `${who} is allowed${how}: ${allowedBy(verdict, egress, ingress)}.`;
  }
  if (state === "unknown") return `${who} is not known: ${(verdict.unknown ?? ["not enough is known"]).join(", ")}.`;
  const byCilium = [egress, ingress].filter(({ verdict: end }) => end === "denied").map(deniedBy);
  const byLinkerd =
    verdict.linkerd?.verdict === "denied" ? [`Linkerd refuses it: ${linkerdWords(verdict.linkerd)}`] : [];
  const denied = [...byCilium, ...byLinkerd];
  if (denied.length === 0) return `${who} is denied: ${wire?.refused ?? "the proxy refuses it"}.`;
  const onWire = wire !== undefined && wire.port !== flow.port ? ` (the packet goes to ${wire.port})` : "";
  return `${who} is denied${onWire}: ${denied.join(", and ")}.`;
}

function allowedBy(verdict: Verdict, egress: EndExplanation, ingress: EndExplanation): string {
  const ends = [egress, ingress].flatMap(({ direction, matching, verdict: end }) => {
    if (end !== "allowed") return [];
    const rules = matching.filter(({ effect, unknown }) => effect === "allow" && unknown === undefined);
    return rules.length === 0 ? [] : [`${direction} by ${listed(rules.map(({ words }) => words))}`];
  });
  const mode = [egress, ingress]
    .map(({ enforcement }) => enforcement)
    .find((one) => one === "never" || one === "audit");
  const byCilium = ends.length === 0 && mode !== undefined ? [unenforced[mode]] : ends;
  const byLinkerd = verdict.linkerd === undefined ? [] : [`Linkerd by ${admittedWords(verdict.linkerd)}`];
  if (byCilium.length + byLinkerd.length > 0) return [...byCilium, ...byLinkerd].join(", ");
  if (fromOwnNode(verdict)) return "a node always reaches the pods that run on it";
  return "no policy closes either end";
}

/** `Server api, AuthorizationPolicy web for GET /env alone` */
function admittedWords(linkerd: LinkerdDecision): string {
  const by = decidersWords(linkerd);
  const open = (linkerd.routes ?? []).filter(({ verdict }) => verdict === "allowed").map(({ requests }) => requests);
  return linkerd.routes === undefined ? by : `${by} for ${listed(open)} alone`;
}

function askingWords(matching: readonly JudgedRule[]): string {
  const asking = matching.filter((rule) => rule.authentication === true && rule.unknown === undefined);
  return `${listed(asking.map(({ words }) => words))} ${asking.length > 1 ? "require" : "requires"} ${AUTHENTICATION}`;
}

function deniedBy(end: EndExplanation): string {
  const { direction, subject, matching, policies, enforcement, authenticates } = end;
  const denying = matching.filter(({ effect }) => effect === "deny");
  if (authenticates === true) {
    return `${askingWords(matching)} (${direction})`;
  }
  if (denying.length > 0) return `${listed(denying.map(({ words }) => words))} denies it (${direction})`;
  if (policies.length === 0 && enforcement === "always")
    return `no ${direction} policy selects ${subject}, and ${everywhere}`;
  if (policies.length === 0) return `${subject} carries the label init (${direction})`;
  return `no ${direction} rule of ${subject} allows it`;
}

/** `rule 2 of shop/db-ingress would, except for the namespace: it selects shop, and front/web is in front` */
export function nearestWords({ words, misses }: JudgedRule): string {
  const [first] = misses;
  if (misses.length === 1 && first !== undefined)
    return `${words} would, except for ${first.member === undefined ? `the ${first.part}: ` : ""}${first.words}`;
  return `${words} comes closest, but misses it by ${misses.length} conditions`;
}

/** `a, b and c`, or `a, b and 3 more` if there are more than `most`. */
export function listed(names: readonly string[], most = 3): string {
  const distinct = [...new Set(names)];
  if (distinct.length > most) return `${distinct.slice(0, most - 1).join(", ")} and ${distinct.length - most + 1} more`;
  return distinct.length === 0 ? "nothing" : enumerate(distinct);
}
