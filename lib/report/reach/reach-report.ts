import type { Problem } from "../../common/problem";
import type { RefusedNote } from "../../manifests/refused-note";
import type { Answer, State, Verdict } from "../../reachability/verdict";
import type { EndpointFacts } from "../../scenario/scenario";
import type { Limits } from "../notices";

/** Everything that the renderers of `reach` show. */
export interface ReachReport extends Limits {
  endpoints: readonly EndpointFacts[];
  /** In order; can be iterated more than once. */
  verdicts: Iterable<Verdict>;
  /** The same, grouped by sources that share an answer; can be iterated more than once. */
  answers: Iterable<Answer>;
  /** The same, only for ports that something names, for pictures, which the other ports would clutter. Default: all. */
  named?: Pick<ReachReport, "endpoints" | "verdicts" | "answers">;
  policies: number;
  refused: readonly RefusedNote[];
  /** Problems with the input. If there are any, the answers lack something. */
  problems: readonly Problem[];
  transportMode?: string;
  /** If only part of it is shown: which part, in words, and which answers. */
  shown?: { words: string; states?: readonly State[] | undefined };
}

export type { RefusedNote };
