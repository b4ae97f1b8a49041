import type { Kind } from "./kind";

/** The decisions about the flows of all endpoints to one port. */
export interface SourceDecisions {
  /** By place in the scenario, the source's place in {@link kinds}. That of the target itself is that of another of its pods. */
  kindOf: Int32Array;
  /** Empty where the target or the protocol is not known. */
  kinds: readonly Kind[];
}
