import type { Explanation } from "./explanation";
import { listed } from "./sentence";

/**
 * Which rules of ClusterNetworkPolicies decide a flow that no other policy changes, in a clause; undefined where none does. What would have to
 * become of them is for their owners to say.
 */
export function askedBefore({
  state,
  egress,
  ingress,
}: Pick<Explanation, "state" | "egress" | "ingress">): string | undefined {
  const [effect, other] = state === "denied" ? (["deny", "accepts"] as const) : (["allow", "denies"] as const);
  const deciding = [egress, ingress]
    .filter(({ verdict }) => verdict === state)
    .flatMap(({ matching }) => matching)
    .filter(
      (rule) => rule.policy.kind === "ClusterNetworkPolicy" && rule.effect === effect && rule.unknown === undefined,
    );
  if (deciding.length === 0) return undefined;
  const [are, them] = deciding.length === 1 ? ["is", "it"] : ["are", "them"];
  const words = listed(deciding.map((rule) => rule.words));
  return `${words} ${are} evaluated before other policies can decide; change ${them}, or put a rule that ${other} before ${them}`;
}

/** What would have to be known, in a clause. */
export const unknownWords = (missing: readonly string[]) =>
  `it depends on ${missing.length > 0 ? missing.join(", and on ") : "what is not known"}`;

/** That no change does it, and why. */
export const noChangeWords = (verb: string, why: string | undefined): string =>
  why === undefined
    ? `No policy ${verb} it.`
    : `${why.startsWith("it depends on") ? "No change certainly" : "Nothing"} ${verb} it: ${why}.`;
