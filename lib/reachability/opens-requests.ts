import type { LinkerdDecision } from "./linkerd/linkerd-decision";
import { mayMeet, type RequestMatch, takesAllOf } from "./linkerd/request-match";
import { stateOf, type Verdict } from "./verdict";

/** Some of a client's traffic, and how open it is. 0: certainly denied; 1: unknown; 2: certainly allowed. */
interface Part {
  match: RequestMatch;
  open: number;
}

const OPEN = { denied: 0, unknown: 1, allowed: 2 } as const;

type OfVerdict = Readonly<Record<LinkerdDecision["verdict"], number>>;

/** Unknown counts as open before and as shut after, so that only certain openings count. */
const MOST: OfVerdict = { ...OPEN, unknown: OPEN.allowed };
const LEAST: OfVerdict = { ...OPEN, unknown: OPEN.denied };

/**
 * Whether Linkerd certainly lets something through in `after` that it did not in `before`. Matches that cannot be compared, such as different regular
 * expressions, count as opened.
 */
export function opensRequests(before: LinkerdDecision | undefined, after: LinkerdDecision | undefined): boolean {
  return opens(before, after, MOST, LEAST);
}

/** Whether Linkerd may let something through in `after` that it did not in `before`. */
export function mayOpenRequests(before: LinkerdDecision | undefined, after: LinkerdDecision | undefined): boolean {
  return opens(before, after, OPEN, OPEN);
}

function opens(
  before: LinkerdDecision | undefined,
  after: LinkerdDecision | undefined,
  ofBefore: OfVerdict,
  ofAfter: OfVerdict,
): boolean {
  if (before?.routes === undefined && after?.routes === undefined)
    return openOf(after, ofAfter) > openOf(before, ofBefore);
  const [partsBefore, partsAfter] = [partsOf(before, ofBefore), partsOf(after, ofAfter)];
  const isNew = ({ match, open }: Part) =>
    !partsBefore.some((part) => part.open >= open && takesAllOf(part.match, match));
  if (partsAfter.some((part) => part.open > 0 && isNew(part))) return true;
  // A wider route may now admit requests that a narrower one denied.
  return partsBefore.some((shut) => {
    const stays = partsAfter.some((part) => part.open <= shut.open && takesAllOf(part.match, shut.match));
    return (
      isShut(shut) && !stays && partsAfter.some((part) => part.open > shut.open && mayMeet(part.match, shut.match))
    );
  });
}

const isShut = ({ open }: Part) => open < OPEN.allowed;
const openOf = (decision: LinkerdDecision | undefined, of: OfVerdict) => of[decision?.verdict ?? "allowed"];

/** Without routes, one decision holds for all requests. */
function partsOf(decision: LinkerdDecision | undefined, of: OfVerdict): Part[] {
  if (decision?.routes !== undefined)
    return decision.routes.flatMap(({ match, verdict }) => (match === undefined ? [] : [{ match, open: of[verdict] }]));
  const open = openOf(decision, of);
  return [
    { match: {}, open },
    { match: { notHttp: true }, open },
  ];
}

/** Linkerd's decision about requests. If Cilium denies the flow, none of them get to Linkerd's proxy. */
export const requestsOf = (verdict: Verdict): LinkerdDecision | undefined =>
  stateOf(verdict) !== "denied" || deniedByLinkerdAlone(verdict) ? verdict.linkerd : SHUT;

const SHUT: LinkerdDecision = { verdict: "denied", owner: "nobody" };

const deniedByLinkerdAlone = ({ egress, ingress, wire, linkerd }: Verdict) =>
  egress !== "denied" && ingress !== "denied" && wire?.refused === undefined && linkerd?.verdict === "denied";
