import type { Decision } from "./decision";
import { EVERYTHING, matchText } from "./proxied";

const ALLOWED_BY_NO_POLICY: Decision = { verdict: "allowed", origins: [], l7: false };

/**
 * Combines decisions if it is not known which of them applies. The result is what all of them agree on, otherwise unknown.
 *
 * @param all Undefined members stand for no policy at all.
 * @param missing What would have to be known to tell which one applies.
 * @returns undefined if no policy applies in any case
 */
export function joinDecisions(all: readonly (Decision | undefined)[], missing: string): Decision | undefined {
  if (all.every((one) => one === undefined)) return undefined;
  const decisions = all.map((one) => one ?? ALLOWED_BY_NO_POLICY);
  const [first = ALLOWED_BY_NO_POLICY] = decisions;
  const origins = [...new Set(decisions.flatMap((one) => one.origins))];
  const effects = decisions.map(effectOf);
  if (new Set(effects).size === 1 && first.verdict !== "unknown") return { ...first, origins };
  const others = decisions.flatMap((one) => one.missing ?? []);
  const areAllUnknown = decisions.every(({ verdict }) => verdict === "unknown");
  return {
    verdict: "unknown",
    origins,
    l7: decisions.some((one) => one.l7),
    missing: [...new Set([...(areAllUnknown ? [] : [missing]), ...others])].join(", and "),
    dependsOn: JSON.stringify(decisions.map((one, index) => [effects[index], one.dependsOn])),
  };
}

/** Equal for decisions with the same effect. What the proxy would admit does not matter for a denied flow. */
function effectOf({ verdict, l7, proxied }: Decision): string {
  if (verdict !== "allowed") return verdict;
  if (proxied === undefined) return l7 ? "some" : "all";
  return proxied === EVERYTHING ? "all" : proxied.map(matchText).sort().join();
}
