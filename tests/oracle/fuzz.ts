import fc from "fast-check";
import { compareWith, type Mismatch, report } from "./compare";
import { type CornerCounts, countCorners, missingCorners } from "./corners";
import { cases } from "./generator";
import type { Case, Oracle } from "./oracle";

export interface FuzzResult {
  seed: number;
  scenarios: number;
  flows: number;
  /** Cases in which the oracle names different rules from run to run. */
  ambiguous: number;
  corners: CornerCounts;
  /** The smallest case found that differs, as text. */
  mismatch?: string;
}

/**
 * Asks both sides about `runs` random cases of `asking`, and reports the first mismatch, shrunk to its smallest form.
 */
export async function fuzz(
  oracle: Oracle,
  seed: number,
  runs: number,
  asking: fc.Arbitrary<Case> = cases,
): Promise<FuzzResult> {
  const result: FuzzResult = { seed, scenarios: 0, flows: 0, ambiguous: 0, corners: new Map() };
  let last: { asked: Case; mismatch: Mismatch } | undefined;
  const property = fc.asyncProperty(asking, async (asked) => {
    const { answer, mismatch, ambiguous } = await compareWith(oracle, asked);
    if (ambiguous) result.ambiguous += 1;
    if (mismatch !== undefined) {
      last = { asked, mismatch };
      return false;
    }
    result.scenarios += 1;
    result.flows += answer.results?.length ?? 0;
    countCorners(result.corners, asked, answer);
    return true;
  });
  const details = await fc.check(property, { seed, numRuns: runs, endOnFailure: false });
  if (details.failed) {
    const asked = details.counterexample?.[0];
    const smallest =
      asked === undefined ? last : { asked, mismatch: (await compareWith(oracle, asked)).mismatch ?? last?.mismatch };
    result.mismatch =
      smallest?.mismatch === undefined ? String(details.errorInstance) : report(smallest.asked, smallest.mismatch);
  }
  return result;
}

/** The corners that a run of this size did not reach often enough, in words. */
export function uncovered({ corners, scenarios }: FuzzResult): string[] {
  return missingCorners(corners, scenarios);
}
