import type { State, Verdict } from "../../reachability/verdict";
import type { ShownPort } from "../../reachability/words";

/** Sources that reach (or do not reach) a target in the same way, for the same reason. */
export interface SourceGroup {
  state: State;
  from: readonly string[];
  /** Those of them that say something of their own, see {@link withoutFolded}. */
  shown: readonly string[];
  /** One of the verdicts; the others differ only in `from`. */
  verdict: Verdict;
}

export interface Target {
  to: string;
  /** Itself, and the targets outside the cluster's pods that get the same answers. */
  targets: string[];
  /** Ports with the same groups stand together. */
  ports: (ShownPort & { name?: string })[];
  groups: SourceGroup[];
  /** How many sources are in the groups together. */
  sources: number;
}
