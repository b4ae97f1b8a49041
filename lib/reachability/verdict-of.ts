import type { Decision } from "../cilium/policy/decision";
import { EVERYTHING } from "../cilium/policy/proxied";
import type { Flow } from "../scenario/scenario";
import type { RuleNames } from "./names";
import { type FlowDecision, passes } from "./sources/flow-decision";
import type { EndVerdict, Verdict } from "./verdict";

/**
 * The verdict that reports a decision about a flow.
 *
 * Assigns member by member: there are hundreds of thousands of verdicts, and spreads take several times as long.
 */
export function verdictOf(
  { from, to, proto, port, standsFor }: Flow,
  { egress, ingress, wire, linkerd }: FlowDecision,
  names: RuleNames,
): Verdict {
  const allowed = passes({ egress, ingress, wire, linkerd });
  const verdict: Verdict = {
    from,
    to,
    proto,
    port,
    egress: endVerdict(egress),
    ingress: endVerdict(ingress),
    allowed,
  };
  if (egress !== undefined && egress.origins.length > 0) verdict.egressRules = names.of(egress.origins);
  if (ingress !== undefined && ingress.origins.length > 0) verdict.ingressRules = names.of(ingress.origins);
  if (allowed && (egress?.l7 || ingress?.l7)) verdict.l7 = true;
  const proxied = allowed ? proxiedOf(egress, ingress) : undefined;
  if (proxied !== undefined) verdict.proxied = proxied;
  if (egress?.authentication !== undefined || ingress?.authentication !== undefined)
    verdict.authenticates = [
      ...(egress?.authentication === undefined ? [] : (["egress"] as const)),
      ...(ingress?.authentication === undefined ? [] : (["ingress"] as const)),
    ];
  const unknown = linkerd?.verdict === "unknown" ? linkerd.reason : undefined;
  if (egress?.missing !== undefined || ingress?.missing !== undefined || unknown !== undefined)
    verdict.unknown = [
      ...new Set([egress?.missing, ingress?.missing, unknown].filter((reason) => reason !== undefined)),
    ];
  if (wire !== undefined) verdict.wire = wire;
  if (linkerd !== undefined) verdict.linkerd = linkerd;
  if (standsFor !== undefined) verdict.standsFor = standsFor;
  return verdict;
}

/** Undefined if Cilium's proxy lets everything through. */
function proxiedOf(egress: Decision | undefined, ingress: Decision | undefined): Verdict["proxied"] {
  const [leaving, entering] = [egress, ingress].map((end) => (end?.proxied === EVERYTHING ? undefined : end?.proxied));
  if (leaving === undefined && entering === undefined) return undefined;
  return { ...(leaving && { egress: leaving }), ...(entering && { ingress: entering }) };
}

function endVerdict(decision: Decision | undefined): EndVerdict {
  return decision?.verdict ?? "no policy here";
}

/** The unknown verdict about a flow that cannot be decided at all. */
export function unanswered({ from, to, proto, port }: Flow, missing: string): Verdict {
  return { from, to, proto, port, egress: "unknown", ingress: "unknown", allowed: false, unknown: [missing] };
}
