import { EVERYTHING, letsThroughMore } from "../cilium/policy/proxied";
import type { LinkerdDecision } from "./linkerd/linkerd-decision";
import { mayOpenRequests, opensRequests, requestsOf } from "./opens-requests";
import { stateOf, type Verdict } from "./verdict";

/** What an unclear edge may do. `either`: some of it may open, and some may close. */
export type May = "open" | "close" | "either";

/** The list of changes that an edge belongs to; its state if nothing changed; or `nothing`, if no policy ever decides about it. */
export type Outcome =
  | { list: "opened" | "closed" | "changed" | "redecided" }
  | { list: "unclear"; may: May }
  | { still: "allowed" | "denied" | "unknown" }
  | "nothing";

/** Whether the rules behind a decision differ, although it is unknown on both sides for want of the same fact. */
type DependsOnOtherRules = (end: "egress" | "ingress" | "linkerd") => boolean;

/**
 * Compares the verdicts about an edge. A decision that is unknown on one side may equal that of the other, so such an edge is unclear rather than
 * opened or closed.
 */
export function outcomeOf(
  before: Verdict | undefined,
  after: Verdict | undefined,
  dependsOnOtherRules: DependsOnOtherRules = () => false,
): Outcome {
  // No policy applies between two peers that are not pods.
  if (undecided(before) && undecided(after)) return "nothing";
  const [opennessBefore, opennessAfter] = [openness(before), openness(after)];
  const rise = opennessAfter - opennessBefore;
  if (opennessBefore === 1 || opennessAfter === 1) return unclear(before, after, rise, dependsOnOtherRules);
  if (rise !== 0) return { list: rise > 0 ? "opened" : "closed" };
  if (before === undefined || after === undefined) return "nothing";
  return opennessAfter === 0 ? whileDenied(before, after) : whileAllowed(before, after);
}

/** An edge that is denied except for the paths of probes still opens or closes with them. */
function whileDenied(before: Verdict, after: Verdict): Outcome {
  const [requestsBefore, requestsAfter] = [requestsOf(before), requestsOf(after)];
  if (opensRequests(requestsBefore, requestsAfter)) return { list: "opened" };
  const [gained, lost] = [
    mayOpenRequests(requestsBefore, requestsAfter),
    mayOpenRequests(requestsAfter, requestsBefore),
  ];
  if (gained) return { list: "unclear", may: lost ? "either" : "open" };
  if (opensRequests(requestsAfter, requestsBefore)) return { list: "closed" };
  return lost ? { list: "unclear", may: "close" } : { still: "denied" };
}

function whileAllowed(before: Verdict, after: Verdict): Outcome {
  const shut = proxyLetsMore(after, before);
  if (
    opensRequests(before.linkerd, after.linkerd) ||
    proxyLetsMore(before, after) ||
    dropsAuthentication(before, after)
  )
    return { list: "opened" };
  const [gained, lost] = [
    mayOpenRequests(before.linkerd, after.linkerd),
    mayOpenRequests(after.linkerd, before.linkerd),
  ];
  if (gained) return { list: "unclear", may: lost || shut ? "either" : "open" };
  if (
    opensRequests(after.linkerd, before.linkerd) ||
    (shut && !hasListener(after)) ||
    dropsAuthentication(after, before)
  )
    return { list: "closed" };
  if (shut) return { list: "unclear", may: "close" };
  if (lost) return { list: "unclear", may: "close" };
  if (travelsOtherwise(before, after)) return { list: "changed" };
  return deciders(before) === deciders(after) ? { still: "allowed" } : { list: "redecided" };
}

/** Whether Cilium's own proxy newly lets something through at either end. */
function proxyLetsMore(before: Verdict, after: Verdict): boolean {
  return (["egress", "ingress"] as const).some((end) =>
    letsThroughMore(before.proxied?.[end] ?? EVERYTHING, after.proxied?.[end] ?? EVERYTHING),
  );
}

/** Whether an end no longer requires mutual authentication, so that clients without it get through too. */
const dropsAuthentication = (before: Verdict, after: Verdict): boolean =>
  before.authenticates?.some((end) => after.authenticates?.includes(end) !== true) === true;

/** Whether a listener of a CiliumEnvoyConfig decides, whose configuration the policy does not show. */
const hasListener = ({ proxied }: Verdict) =>
  [...(proxied?.egress ?? []), ...(proxied?.ingress ?? [])].some(({ listener }) => listener !== undefined);

/** The outcome if one side, or both, is unknown. */
function unclear(
  before: Verdict | undefined,
  after: Verdict | undefined,
  rise: number,
  dependsOnOtherRules: DependsOnOtherRules,
): Outcome {
  if (rise !== 0) return { list: "unclear", may: rise > 0 ? "open" : "close" };
  // Two unknown decisions are equal only if the same fact is missing and the same rules depend on it.
  const isOther = (end: "egress" | "ingress") => before?.[end] === "unknown" && dependsOnOtherRules(end);
  const isOtherByLinkerd = before?.linkerd?.verdict === "unknown" && dependsOnOtherRules("linkerd");
  const same =
    before !== undefined &&
    after !== undefined &&
    asUnknown(before) === asUnknown(after) &&
    !isOther("egress") &&
    !isOther("ingress") &&
    !isOtherByLinkerd;
  return same ? { still: "unknown" } : { list: "unclear", may: "either" };
}

/** 0: certainly does not pass; 1: may pass; 2: certainly passes. An absent edge does not pass. */
const openness = (verdict: Verdict | undefined): number =>
  verdict === undefined ? 0 : { denied: 0, unknown: 1, allowed: 2 }[stateOf(verdict)];

const undecided = (verdict: Verdict | undefined): boolean =>
  verdict === undefined || (verdict.egress === "no policy here" && verdict.ingress === "no policy here");

/** Whether an edge that exists on both sides differs on the wire. */
export function travelsOtherwise(before: Verdict | undefined, after: Verdict | undefined): boolean {
  return before !== undefined && after !== undefined && travel(before) !== travel(after);
}

/** Without a mesh there is no `wire`: the packet is as the application sends it. */
const travel = ({ port, wire = { port, mtls: false }, l7 }: Verdict): string => JSON.stringify([wire, l7 === true]);
const deciders = ({ egressRules, ingressRules, linkerd }: Verdict): string =>
  JSON.stringify([egressRules, ingressRules, linkerd && deciding(linkerd)]);
const deciding = ({ owner, admittedBy, routes, rateLimit }: LinkerdDecision) => [owner, admittedBy, routes, rateLimit];
const asUnknown = (verdict: Verdict): string => {
  const { egress, ingress, linkerd, unknown } = verdict;
  const { objects: _, ...decision } = linkerd ?? {};
  const byLinkerd = linkerd?.verdict === "unknown" ? decision : linkerd?.verdict;
  return JSON.stringify([egress, ingress, byLinkerd, unknown, travel(verdict)]);
};
