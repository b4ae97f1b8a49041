import type { Flow } from "../../scenario/scenario";
import type { Side } from "../diff";
import { ChangeSearch, type ProposedChange } from "./change-search";
import type { Explainer } from "./explain";
import type { Explanation } from "./explanation";
import { type NoChange, unknownChange } from "./no-change";

export type { ProposedChange } from "./change-search";

/**
 * The smallest change that opens a denied flow, or closes an allowed one: the one that opens or closes the least besides, and of those the one
 * that is the least to read. Where both ends deny, or both fences, it opens all of them.
 *
 * @returns undefined where no policy can do it: neither end is a pod, no route takes the request, or not enough is known
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
 * The smallest change that makes all flows of two ends what they were in a state before, which is the other way round than they are now: what of
 * them opened is closed, all of it, or what closed is opened. Every class of ports between the two ends is held against that state.
 *
 * @param flows Of one state now, from one end to one other, as rows of the difference of the two states have them.
 * @returns undefined where no one change does it
 */
export function proposeUndoing(
  explainer: Explainer,
  flows: readonly [Flow, ...Flow[]],
  before: Side,
): ProposedChange | undefined {
  return changeOfAll(explainer, flows, before).change;
}

/** A change of one flow, or why there is none. */
export type ChangeOrWhy =
  | {
      /** The smallest change that does it. */
      change: ProposedChange;
      /** Undefined, since there is a change. */
      noChange?: undefined;
    }
  | {
      /** Undefined, since there is none. */
      change?: undefined;
      /** Why there is none. */
      noChange: NoChange;
    };

/**
 * As {@link proposeChange}, and where no change is proposed, why.
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
  const search = new ChangeSearch(explainer, flows, explanation.state === "denied" ? "allowed" : "denied", before);
  const verdicts = flows.map((flow) => explainer.verdict(flow));
  const denied = (["egress", "ingress"] as const).filter((direction) =>
    verdicts.some((verdict) => verdict?.[direction] === "denied"),
  );
  const byLinkerd = explanation.linkerd?.verdict === "denied";
  const change =
    explanation.state === "allowed"
      ? // Where words that leave out this flow alone do not exist, with the rules gone that admit it.
        (search.closing("flow") ?? search.closing("rule"))
      : // First with no more taken out of a deny rule than this flow; where its other words still hold it, with the rule gone.
        (search.opening(denied, byLinkerd, "flow") ?? search.opening(denied, byLinkerd, "rule"));
  return change === undefined ? { noChange: search.noChange(explanation) } : { change };
}
