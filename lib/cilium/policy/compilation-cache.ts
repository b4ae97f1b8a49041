import { getOrMake } from "../../common/maps";
import type { Problem } from "../../common/problem";
import type { ClusterFacts, Scenario } from "../../scenario/scenario";
import type { EvaluatedPolicy } from "../api/policy";
import { RefusalCache } from "../api/refusal-cache";
import { type Entry, policyEntries } from "./entries";
import type { Population } from "./population";

/**
 * Caches what is derived from the policies and endpoints of one scenario, for callers that compile many similar sets of policies: the search for
 * the smallest change compiles dozens. Neither the scenario nor a policy may be mutated meanwhile.
 */
export class CompilationCache {
  private readonly entriesOf = new Map<
    EvaluatedPolicy,
    { index: number; undecided: "unknown" | "no match"; entries: readonly Entry[] }
  >();
  private readonly populations = new Map<string, readonly Population[]>();
  private readonly others = new Map<string, CompilationCache>();

  constructor(
    private readonly scenario: Scenario,
    private readonly refused = new RefusalCache(),
  ) {}

  entries(policy: EvaluatedPolicy, index: number, undecided: "unknown" | "no match"): readonly Entry[] {
    const known = this.entriesOf.get(policy);
    if (known?.index === index && known.undecided === undecided) return known.entries;
    // The index differs if a policy before it was added or removed.
    const entries =
      known?.undecided === undecided
        ? known.entries.map((entry) => ({ ...entry, policy: index }))
        : policyEntries(policy, index, this.scenario, undecided);
    this.entriesOf.set(policy, { index, undecided, entries });
    return entries;
  }

  refusals(policy: EvaluatedPolicy): Problem[] {
    return this.refused.of(policy, this.scenario.cluster);
  }

  populationsOf(key: string, make: () => readonly Population[]): readonly Population[] {
    return getOrMake(this.populations, key, make);
  }

  /** The cache for agents with another configuration. */
  under(cluster: ClusterFacts): CompilationCache {
    return getOrMake(
      this.others,
      JSON.stringify(cluster),
      () => new CompilationCache({ ...this.scenario, cluster }, this.refused),
    );
  }
}
