import type { Flow } from "../../scenario/scenario";
import type { Side } from "../diff";
import { ChangeSearch, type ProposedChange } from "./change-search";
import type { Explainer } from "./explain";
import type { Explanation } from "./explanation";
import { type NoChange, unknownChange, unlearnedName } from "./no-change";

export type { ProposedChange } from "./change-search";

/**
 * The smallest change that opens a denied flow, or closes an allowed one: the one with the fewest side effects and, among those, the shortest to read.
 * If both ends deny, or both Cilium and Linkerd, the change opens all of them.
 *
 * @returns undefined if no policy can do it: neither end is a pod, no route takes the request, or facts are missing
 *
 * @example
 * const explainer = new Explainer(policies, scenario);
 * const change = proposeChange(explainer, { from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 });
 * change?.edits.map(({ words }) => words);
 */
export function proposeChange(explainer: Explainer, flow: Flow): ProposedChange | undefined {
  return changeOrWhy(explainer, flow).change;
}

/**
 * The smallest change that restores flows between two ends to what they were in an earlier state: it closes all that opened, or opens all that closed.
 * Every class of ports between the two ends is compared with that state.
 *
 * @param flows Flows from one end to one other, all opened or all closed since, as in the rows of the difference.
 * @returns undefined if no single change does it
 */
export function proposeUndoing(
  explainer: Explainer,
  flows: readonly [Flow, ...Flow[]],
  before: Side,
): ProposedChange | undefined {
  return changeOfAll(explainer, flows, before).change;
}

/** A change for one flow, or why there is none. */
export type ChangeOrWhy =
  | {
      /** The smallest change that does it. */
      change: ProposedChange;
      /** Never set beside a change. */
      noChange?: undefined;
    }
  | {
      /** Never set beside a reason. */
      change?: undefined;
      /** Why there is none. */
      noChange: NoChange;
    };

/**
 * The same as {@link proposeChange}, with the reason if no change is proposed.
 *
 * @example
 * const explainer = new Explainer(policies, scenario);
 * const { change, noChange } = changeOrWhy(explainer, { from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 });
 * console.log(change?.edits.map(({ words }) => words) ?? noChange?.message);
 */
export function changeOrWhy(explainer: Explainer, flow: Flow): ChangeOrWhy {
  return changeOfAll(explainer, [flow]);
}

function changeOfAll(explainer: Explainer, flows: readonly [Flow, ...Flow[]], before?: Side): ChangeOrWhy {
  const [explanation] = flows.map((flow) => explainer.explain(flow)) as [Explanation, ...Explanation[]];
  if (explanation.state === "unknown") return { noChange: unknownChange(explanation.verdict.unknown ?? []) };
  const { facts } = explainer.parties.known(explanation.flow.to);
  if (facts.isUnlearnedName === true) return { noChange: unlearnedName(facts.id) };
  const search = new ChangeSearch(explainer, flows, explanation.state === "denied" ? "allowed" : "denied", before);
  const verdicts = flows.map((flow) => explainer.verdict(flow));
  const denied = (["egress", "ingress"] as const).filter((direction) =>
    verdicts.some((verdict) => verdict?.[direction] === "denied"),
  );
  const byLinkerd = explanation.linkerd?.verdict === "denied";
  const change =
    explanation.state === "allowed"
      ? // Try to take only this flow out of the rules that admit it; failing that, remove the rules.
        (search.closing("flow") ?? search.closing("rule"))
      : // Try to take only this flow out of the deny rules; failing that, remove the rules.
        (search.opening(denied, byLinkerd, "flow") ?? search.opening(denied, byLinkerd, "rule"));
  return change === undefined ? { noChange: search.noChange(explanation) } : { change };
}
