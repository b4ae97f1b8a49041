import type { LinkerdDecision } from "./linkerd-decision";
import { mayMeet, type RequestMatch, takesAllOf } from "./request-match";

/** Some of a client's traffic, and how open it is: 0 shut out for certain, 2 let in for certain. */
interface Part {
  match: RequestMatch;
  open: number;
}

const OPEN = { denied: 0, unknown: 1, allowed: 2 } as const;

/**
 * Whether Linkerd lets something through in `is` that it did not in `was`. Where that cannot be told, as of regular expressions that are not the
 * same, it does.
 */
export function opensRequests(was: LinkerdDecision | undefined, is: LinkerdDecision | undefined): boolean {
  if (was?.routes === undefined && is?.routes === undefined) return openOf(is) > openOf(was);
  const [before, after] = [partsOf(was), partsOf(is)];
  const isNew = ({ match, open }: Part) => !before.some((part) => part.open >= open && takesAllOf(part.match, match));
  if (after.some((part) => part.open > 0 && isNew(part))) return true;
  // What a narrower route kept out must not be taken by a wider one now.
  return before.some((shut) => {
    const stays = after.some((part) => part.open <= shut.open && takesAllOf(part.match, shut.match));
    return isShut(shut) && !stays && after.some((part) => part.open > shut.open && mayMeet(part.match, shut.match));
  });
}

const isShut = ({ open }: Part) => open < OPEN.allowed;
const openOf = (decision: LinkerdDecision | undefined) => OPEN[decision?.verdict ?? "allowed"];

/** Where nothing is said of routes, all is decided alike. */
function partsOf(decision: LinkerdDecision | undefined): Part[] {
  if (decision?.routes !== undefined)
    return decision.routes.flatMap(({ match, verdict }) =>
      match === undefined ? [] : [{ match, open: OPEN[verdict] }],
    );
  const open = openOf(decision);
  return [
    { match: {}, open },
    { match: { notHttp: true }, open },
  ];
}
