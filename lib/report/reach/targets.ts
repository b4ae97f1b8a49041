import type { State, Verdict } from "../../reachability/verdict";
import type { ShownPort } from "../../reachability/words";

/** Sources that reach (or do not reach) a target in the same way, for the same reason. */
export interface SourceGroup {
  state: State;
  from: readonly string[];
  /** The sources to show, see {@link withoutFolded}. */
  shown: readonly string[];
  /** One of the verdicts; the others differ only in `from`. */
  verdict: Verdict;
}

export interface Target {
  to: string;
  /** Itself, and the targets outside the cluster's pods that get the same answers. */
  targets: string[];
  /** The ports with these groups. */
  ports: (ShownPort & { name?: string })[];
  groups: SourceGroup[];
  /** The number of sources in all groups. */
  sources: number;
}
