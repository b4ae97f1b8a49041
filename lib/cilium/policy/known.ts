import { getOrMake } from "../../common/maps";
import type { Problem } from "../../common/problem";
import type { ClusterFacts, Scenario } from "../../scenario/scenario";
import type { EvaluatedPolicy } from "../api/policy";
import { RefusalCache } from "../api/refusal-cache";
import { type Entry, policyEntries } from "./entries";
import type { Population } from "./population";

/**
 * What the policies and the endpoints of one scenario come to, kept for policies that are compiled many times with few changes: to look for a
 * change is to compile dozens of them. Neither the scenario nor a policy may change meanwhile.
 */
export class Known {
  private readonly entriesOf = new Map<
    EvaluatedPolicy,
    { index: number; undecided: "unknown" | "no match"; entries: readonly Entry[] }
  >();
  private readonly populations = new Map<string, readonly Population[]>();
  private readonly others = new Map<string, Known>();

  constructor(
    private readonly scenario: Scenario,
    private readonly refused = new RefusalCache(),
  ) {}

  entries(policy: EvaluatedPolicy, index: number, undecided: "unknown" | "no match"): readonly Entry[] {
    const known = this.entriesOf.get(policy);
    if (known?.index === index && known.undecided === undecided) return known.entries;
    // The same policy at another place, since one before it has gone or come.
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

  /** The same to agents that are set in another way. */
  under(cluster: ClusterFacts): Known {
    return getOrMake(
      this.others,
      JSON.stringify(cluster),
      () => new Known({ ...this.scenario, cluster }, this.refused),
    );
  }
}
