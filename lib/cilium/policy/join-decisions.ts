import type { Decision } from "./decision";
import { EVERYTHING, matchText } from "./proxied";

/** Where nobody decides. */
const LET_THROUGH: Decision = { verdict: "allowed", origins: [], l7: false };

/**
 * What is decided where it is one of several decisions and not known which: what all of them say, and else nobody knows. Undefined: nobody decides.
 *
 * @param missing What would have to be known to say which.
 */
export function joinDecisions(all: readonly (Decision | undefined)[], missing: string): Decision | undefined {
  if (all.every((one) => one === undefined)) return undefined;
  const decisions = all.map((one) => one ?? LET_THROUGH);
  const [first = LET_THROUGH] = decisions;
  const origins = [...new Set(decisions.flatMap((one) => one.origins))];
  const said = decisions.map(saidOf);
  if (new Set(said).size === 1 && first.verdict !== "unknown") return { ...first, origins };
  const others = decisions.flatMap((one) => one.missing ?? []);
  const isAlike = decisions.every(({ verdict }) => verdict === "unknown");
  return {
    verdict: "unknown",
    origins,
    l7: decisions.some((one) => one.l7),
    missing: [...new Set([...(isAlike ? [] : [missing]), ...others])].join(", and "),
    doubt: JSON.stringify(decisions.map((one, place) => [said[place], one.doubt])),
  };
}

/** Of what is denied it does not matter what a proxy would let through. */
function saidOf({ verdict, l7, proxied }: Decision): string {
  if (verdict !== "allowed") return verdict;
  if (proxied === undefined) return l7 ? "some" : "all";
  return proxied === EVERYTHING ? "all" : proxied.map(matchText).sort().join();
}
