import type { LinkerdDecision } from "./linkerd-decision";
import { mayMeet, type RequestMatch, takesAllOf } from "./request-match";

/** Some of a client's traffic, and how open it is: 0 shut out for certain, 2 let in for certain. */
interface Part {
  match: RequestMatch;
  open: number;
}

const OPEN = { denied: 0, unknown: 1, allowed: 2 } as const;

type OfVerdict = Readonly<Record<LinkerdDecision["verdict"], number>>;

/** What is not known counts as open where it makes an opening less. */
const MOST: OfVerdict = { ...OPEN, unknown: OPEN.allowed };
const LEAST: OfVerdict = { ...OPEN, unknown: OPEN.denied };

/**
 * Whether Linkerd lets something through in `is` that it did not in `was`, whatever becomes of what is not known. Where that cannot be told of
 * matches, as of regular expressions that are not the same, it does.
 */
export function opensRequests(was: LinkerdDecision | undefined, is: LinkerdDecision | undefined): boolean {
  return opens(was, is, MOST, LEAST);
}

/** The same where what is not known may be let through on one side and not on the other. */
export function mayOpenRequests(was: LinkerdDecision | undefined, is: LinkerdDecision | undefined): boolean {
  return opens(was, is, OPEN, OPEN);
}

function opens(
  was: LinkerdDecision | undefined,
  is: LinkerdDecision | undefined,
  ofWas: OfVerdict,
  ofIs: OfVerdict,
): boolean {
  if (was?.routes === undefined && is?.routes === undefined) return openOf(is, ofIs) > openOf(was, ofWas);
  const [before, after] = [partsOf(was, ofWas), partsOf(is, ofIs)];
  const isNew = ({ match, open }: Part) => !before.some((part) => part.open >= open && takesAllOf(part.match, match));
  if (after.some((part) => part.open > 0 && isNew(part))) return true;
  // What a narrower route kept out must not be taken by a wider one now.
  return before.some((shut) => {
    const stays = after.some((part) => part.open <= shut.open && takesAllOf(part.match, shut.match));
    return isShut(shut) && !stays && after.some((part) => part.open > shut.open && mayMeet(part.match, shut.match));
  });
}

const isShut = ({ open }: Part) => open < OPEN.allowed;
const openOf = (decision: LinkerdDecision | undefined, of: OfVerdict) => of[decision?.verdict ?? "allowed"];

/** Where nothing is said of routes, all is decided alike. */
function partsOf(decision: LinkerdDecision | undefined, of: OfVerdict): Part[] {
  if (decision?.routes !== undefined)
    return decision.routes.flatMap(({ match, verdict }) => (match === undefined ? [] : [{ match, open: of[verdict] }]));
  const open = openOf(decision, of);
  return [
    { match: {}, open },
    { match: { notHttp: true }, open },
  ];
}
