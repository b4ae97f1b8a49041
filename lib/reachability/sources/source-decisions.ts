import type { FlowDecision } from "./flow-decision";

/** The decisions about the flows from all endpoints to one port. */
export interface SourceDecisions {
  /** By index in the scenario, the source's index in {@link kinds}. For the target itself: the decision about another of its pods. */
  kindOf: Int32Array;
  /** The distinct decisions. Empty if the target or the protocol is unknown. */
  kinds: readonly FlowDecision[];
}
