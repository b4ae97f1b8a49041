import type { Direction } from "../../cilium/policy/entries";
import type { EdgeChange } from "../diff";
import type { Verdict } from "../verdict";
import type { Explainer } from "./explain";
import type { ReasonRule } from "./reason-rules";

/** Why an edge changed in one layer. */
export interface ChangeReason {
  /** The policies of the client (`egress`) or of the server (`ingress`), the server's Linkerd proxy, or the packet on the wire. */
  layer: Direction | "linkerd" | "wire";
  /** The reason in one clause: `rule 2 of shop/api (after/api.yaml:14) allows it`. */
  words: string;
  /** The rules and objects that it names. Empty: a setting, a default or the mesh decides. */
  rules: readonly ReasonRule[];
}

/** Explainers of the two states to compare. */
export interface ExplainedSides {
  /** The state before. */
  before: Explainer;
  /** The state after. */
  after: Explainer;
}

/** An edge whose ends exist in both states. */
export interface ComparedEdge {
  sides: ExplainedSides;
  change: EdgeChange;
  before: Verdict;
  after: Verdict;
}
