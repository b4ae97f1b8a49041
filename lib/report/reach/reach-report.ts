import type { Problem } from "../../common/problem";
import type { RefusedNote } from "../../manifests/refused-note";
import type { Answer, State, Verdict } from "../../reachability/verdict";
import type { EndpointFacts } from "../../scenario/scenario";
import type { Limits } from "../notices";

/** Everything that the renderers of `reach` show. */
export interface ReachReport extends Limits {
  endpoints: readonly EndpointFacts[];
  /** In order; can be read more than once. */
  verdicts: Iterable<Verdict>;
  /** The same, grouped by sources that share an answer; can be iterated more than once. */
  answers: Iterable<Answer>;
  /** Of all that only the ports that somebody names, for a picture, in which the others would hide them. Default: all. */
  named?: Pick<ReachReport, "endpoints" | "verdicts" | "answers">;
  policies: number;
  refused: readonly RefusedNote[];
  /** What was wrong with the input; non-empty means that the answers leave something out. */
  problems: readonly Problem[];
  transportMode?: string;
  /** Where not all of it is shown: what is, in words, and which answers. */
  shown?: { words: string; states?: readonly State[] | undefined };
}

export type { RefusedNote };
