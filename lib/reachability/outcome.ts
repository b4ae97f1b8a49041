import { EVERYTHING, letsThroughMore } from "../cilium/policy/proxied";
import type { LinkerdDecision } from "./linkerd-decision";
import { mayOpenRequests, opensRequests, requestsOf } from "./opens-requests";
import { stateOf, type Verdict } from "./verdict";

/** Which way an edge that cannot be told may go. `either`: some of it may open, and some may close. */
export type May = "open" | "close" | "either";

/** The list of changes that an edge belongs to, what it still is where nothing changed, or nothing to tell. */
export type Outcome =
  | { list: "opened" | "closed" | "changed" | "redecided" }
  | { list: "unclear"; may: May }
  | { still: "allowed" | "denied" | "unknown" }
  | "nothing";

/** Whether an end, or Linkerd's authorization, that is unknown on both sides, for want of the same, hangs on other rules than it did. */
type HangsOnOthers = (end: "egress" | "ingress" | "linkerd") => boolean;

/**
 * What becomes of an edge. An end that is unknown on one side may be there what it is on the other, so that nothing is said to open or
 * close for certain.
 */
export function outcomeOf(
  was: Verdict | undefined,
  is: Verdict | undefined,
  hangsOnOthers: HangsOnOthers = () => false,
): Outcome {
  // Between two peers that are no pods no policy decides, before or after.
  if (undecided(was) && undecided(is)) return "nothing";
  const [had, has] = [openness(was), openness(is)];
  if (had === 1 || has === 1) return unclear(was, is, has - had, hangsOnOthers);
  if (had !== has) return { list: has > had ? "opened" : "closed" };
  if (was === undefined || is === undefined) return "nothing";
  return has === 0 ? whileDenied(was, is) : whileAllowed(was, is);
}

/** Where all but the paths of probes is denied, these are a way in all the same. */
function whileDenied(was: Verdict, is: Verdict): Outcome {
  const [had, has] = [requestsOf(was), requestsOf(is)];
  if (opensRequests(had, has)) return { list: "opened" };
  const [gained, lost] = [mayOpenRequests(had, has), mayOpenRequests(has, had)];
  if (gained) return { list: "unclear", may: lost ? "either" : "open" };
  if (opensRequests(has, had)) return { list: "closed" };
  return lost ? { list: "unclear", may: "close" } : { still: "denied" };
}

function whileAllowed(was: Verdict, is: Verdict): Outcome {
  const shut = proxyLetsMore(is, was);
  if (opensRequests(was.linkerd, is.linkerd) || proxyLetsMore(was, is) || asksNoMore(was, is))
    return { list: "opened" };
  const [gained, lost] = [mayOpenRequests(was.linkerd, is.linkerd), mayOpenRequests(is.linkerd, was.linkerd)];
  if (gained) return { list: "unclear", may: lost || shut ? "either" : "open" };
  if (opensRequests(is.linkerd, was.linkerd) || (shut && !hasListener(is)) || asksNoMore(is, was))
    return { list: "closed" };
  if (shut) return { list: "unclear", may: "close" };
  if (lost) return { list: "unclear", may: "close" };
  if (travelsOtherwise(was, is)) return { list: "changed" };
  return deciders(was) === deciders(is) ? { still: "allowed" } : { list: "redecided" };
}

/** Whether Cilium's own proxy lets something through, at one end at least, that it did not. */
function proxyLetsMore(was: Verdict, is: Verdict): boolean {
  return (["egress", "ingress"] as const).some((end) =>
    letsThroughMore(was.proxied?.[end] ?? EVERYTHING, is.proxied?.[end] ?? EVERYTHING),
  );
}

/** Whether an end no longer asks for mutual authentication: whoever cannot give it gets through as well. */
const asksNoMore = (was: Verdict, is: Verdict): boolean =>
  was.authenticates?.some((end) => is.authenticates?.includes(end) !== true) === true;

/** What a listener of a CiliumEnvoyConfig lets through is written there, and not in the policy. */
const hasListener = ({ proxied }: Verdict) =>
  [...(proxied?.egress ?? []), ...(proxied?.ingress ?? [])].some(({ listener }) => listener !== undefined);

/** One of the sides, or both, is unknown. */
function unclear(
  was: Verdict | undefined,
  is: Verdict | undefined,
  rise: number,
  hangsOnOthers: HangsOnOthers,
): Outcome {
  if (rise !== 0) return { list: "unclear", may: rise > 0 ? "open" : "close" };
  // What is missing on both sides is one and the same value only where the same is missing, and the same rules decide beside it.
  const isOther = (end: "egress" | "ingress") => was?.[end] === "unknown" && hangsOnOthers(end);
  const isOtherByLinkerd = was?.linkerd?.verdict === "unknown" && hangsOnOthers("linkerd");
  const same =
    was !== undefined &&
    is !== undefined &&
    asUnknown(was) === asUnknown(is) &&
    !isOther("egress") &&
    !isOther("ingress") &&
    !isOtherByLinkerd;
  return same ? { still: "unknown" } : { list: "unclear", may: "either" };
}

/** 0: certain not to pass, 2: certain to pass. Who is not there does not pass. */
const openness = (verdict: Verdict | undefined): number =>
  verdict === undefined ? 0 : { denied: 0, unknown: 1, allowed: 2 }[stateOf(verdict)];

const undecided = (verdict: Verdict | undefined): boolean =>
  verdict === undefined || (verdict.egress === "no policy here" && verdict.ingress === "no policy here");
/** Whether an edge that is there on both sides differs on the wire. */
export function travelsOtherwise(was: Verdict | undefined, is: Verdict | undefined): boolean {
  return was !== undefined && is !== undefined && travel(was) !== travel(is);
}

/** Where nobody is meshed, nothing is said of the wire: then it is as the application asks. */
const travel = ({ port, wire = { port, mtls: false }, l7 }: Verdict): string => JSON.stringify([wire, l7 === true]);
const deciders = ({ egressRules, ingressRules, linkerd }: Verdict): string =>
  JSON.stringify([egressRules, ingressRules, linkerd && deciding(linkerd)]);
const deciding = ({ owner, admittedBy, routes, rateLimit }: LinkerdDecision) => [owner, admittedBy, routes, rateLimit];
const asUnknown = (verdict: Verdict): string => {
  const { egress, ingress, linkerd, unknown } = verdict;
  const { objects: _, ...told } = linkerd ?? {};
  const byLinkerd = linkerd?.verdict === "unknown" ? told : linkerd?.verdict;
  return JSON.stringify([egress, ingress, byLinkerd, unknown, travel(verdict)]);
};
