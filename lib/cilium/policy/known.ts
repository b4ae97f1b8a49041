import { getOrMake } from "../../common/maps";
import type { Problem } from "../../common/problem";
import type { Scenario } from "../../scenario/scenario";
import type { EvaluatedPolicy } from "../api/policy";
import { refusals } from "../api/refusals";
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
  private readonly refusedOf = new Map<EvaluatedPolicy, Problem[]>();
  private readonly populations = new Map<string, Population>();

  constructor(private readonly scenario: Scenario) {}

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
    return getOrMake(this.refusedOf, policy, () => refusals(policy, this.scenario.cluster));
  }

  population(key: string, make: () => Population): Population {
    return getOrMake(this.populations, key, make);
  }
}
