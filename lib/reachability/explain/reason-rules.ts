import type { Direction, Entry } from "../../cilium/policy/entries";
import { formatPlace, type Place } from "../../common/problem";
import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import type { Verdict } from "../verdict";
import type { Explainer } from "./explain";
import { endsOf } from "./misses";
import { evaluatedRules } from "./order";
import { listed, policyWords, ruleWords } from "./sentence";

/** A rule, policy or object by which an edge changed. */
export interface ReasonRule {
  /** The state that it is in. */
  side: "before" | "after";
  /** Its effect there. `close`: it turns on default deny; `decide`: it is a Service, or an object of Linkerd that decides about the port. */
  effect: "allow" | "deny" | "close" | "decide";
  /** `rule 2 of shop/api`, `AuthorizationPolicy shop/web`. */
  words: string;
  /** E.g. `CiliumNetworkPolicy`, `Server`. */
  kind: string;
  /** Absent for a clusterwide policy. */
  namespace?: string;
  /** Its name. */
  name: string;
  /** File and line, if known. */
  place?: Place;
}

/** One end of an edge in one of the states. */
export interface End {
  side: "before" | "after";
  explainer: Explainer;
  verdict: Verdict;
  direction: Direction;
}

/** The evaluated rules of one effect that match an edge at one end. */
export function rulesOf({ side, explainer, verdict, direction }: End, effect: "allow" | "deny", throughProxy = false) {
  const [from, to] = [explainer.parties.party(verdict.from), explainer.parties.party(verdict.to)];
  if (from === undefined || to === undefined) return [];
  const { subject, peer } = endsOf(direction, explainer.seenAsParty(verdict, from), to);
  const packet = {
    protocol: PROTOCOL_NUMBERS.get(verdict.proto.toLowerCase()) ?? 0,
    port: verdict.wire?.port ?? verdict.port,
  };
  const entries =
    effect === "allow"
      ? explainer.admitting(direction, subject, peer, packet)
      : explainer.denying(direction, subject, peer, packet);
  const evaluated = evaluatedRules([...explainer.matching(direction, subject, peer, packet)]);
  const decisive = entries.filter((entry) => evaluated.has(entry));
  const rules = throughProxy ? decisive.filter(({ l4 }) => l4.some(({ l7 }) => l7 !== undefined)) : decisive;
  return distinct(rules.map((entry) => ruleOf(explainer, entry, side, effect)));
}

/** The policies that turn on default deny at one end. */
export function closersOf({ side, explainer, verdict, direction }: End): ReasonRule[] {
  const party = explainer.parties.party(direction === "ingress" ? verdict.to : verdict.from);
  if (party === undefined) return [];
  const closing = explainer.parties.rulesOf(party, direction).filter(({ defaultDeny }) => defaultDeny);
  return distinct(closing.map(({ policy }) => ruleOf(explainer, { policy, path: [], deny: false }, side, "close")));
}

function ruleOf(
  explainer: Explainer,
  entry: Pick<Entry, "policy" | "path" | "deny">,
  side: ReasonRule["side"],
  effect: ReasonRule["effect"],
): ReasonRule {
  const written = explainer.placeOf(entry);
  const { kind, namespace, name, place } = written;
  return {
    side,
    effect,
    words: effect === "close" ? policyWords(written) : ruleWords(entry, written),
    kind,
    ...(namespace !== undefined && { namespace }),
    name,
    ...(place !== undefined && { place }),
  };
}

function distinct(rules: readonly ReasonRule[]): ReasonRule[] {
  return [...new Map(rules.map((rule) => [rule.words, rule])).values()];
}

/** `rule 2 of shop/api (api.yaml:14) and rule 1 of shop/web (web.yaml:3)` */
export function named(rules: readonly ReasonRule[]): string {
  return listed(rules.map(({ words, place }) => (place === undefined ? words : `${words} (${formatPlace(place)})`)));
}

/** `rule 1 denies`, `rules 1 and 2 deny`. */
export const verb = (stem: string, { length }: readonly ReasonRule[]) => {
  if (length > 1) return stem;
  return stem === "deny" ? "denies" : `${stem}s`;
};
