import type { Explanation } from "./explanation";
import { listed } from "./sentence";

/** Why no change opens or closes a flow. */
export interface NoChange {
  /**
   * - `unknown`: it depends on an unknown fact.
   * - `earlier-rules`: rules of ClusterNetworkPolicies decide before any other policy can.
   * - `authorization`: Linkerd denies it, and no authorization changes that.
   * - `not-found`: none of the changes that were tried achieves it.
   * - `unlearned-name`: the addresses of a DNS name are not known, and Cilium does not learn them.
   * - `no-policy`: no policy decides about the flow.
   */
  code: "unknown" | "earlier-rules" | "authorization" | "not-found" | "unlearned-name" | "no-policy";
  /** A clause: `it depends on the addresses of its pods, which are not known`. */
  message: string;
}

/**
 * A clause that names the rules of ClusterNetworkPolicies which decide a flow before any other policy can; undefined if none does. No change of them is
 * proposed, because that is for their owners to decide.
 */
export function decidedBefore({
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

/** No change is proposed because facts are missing. */
export const unknownChange = (missing: readonly string[]): NoChange => ({
  code: "unknown",
  message: `it depends on ${missing.length > 0 ? missing.join(", and on ") : "what is not known"}`,
});

/** No rule can name a DNS name's addresses if neither meshfence knows them nor Cilium learns them. */
export const unlearnedName = (name: string): NoChange => ({
  code: "unlearned-name",
  message: `Cilium does not learn the addresses of ${name}, since no rule with \`rules.dns\` lets it be resolved; first add one for the DNS server`,
});

/** A sentence that says that, and why, no change opens or closes the flow. */
export function noChangeWords(verb: string, noChange: NoChange | undefined): string {
  if (noChange === undefined) return `No policy ${verb} it.`;
  return `${noChange.code === "unknown" ? "No change certainly" : "Nothing"} ${verb} it: ${noChange.message}.`;
}
