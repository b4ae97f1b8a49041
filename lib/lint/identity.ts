import { formatPath } from "../common/problem";
import { compareText } from "../common/text";
import type { FindingData, FindingWords } from "./finding";

/**
 * What identifies a finding from run to run: for baselines, fingerprints, and comparisons of two states. It has no words, so a message may be reworded;
 * and neither file nor line, so policies may move.
 */
export interface FindingIdentity {
  rule: string;
  object: string;
  /** Without list indices, so that items may move too. */
  path: string;
  data: FindingData;
}

/** The identity of a finding. Several findings may share one, so count them. */
export function identityOf({ rule, object, path, data }: FindingWords): FindingIdentity {
  return { rule, object, path: formatPath(path).replace(/\[\d+\]/g, "[]"), data };
}

/** An identity as the key of a map. */
export const identityKey = ({ rule, object, path, data }: FindingIdentity): string =>
  JSON.stringify([rule, object, path, sorted(data)]);

/** The findings that are new, given the number of known ones by {@link identityKey}; and how many known ones are gone. */
export function withoutKnown<F extends FindingWords>(
  findings: readonly F[],
  known: ReadonlyMap<string, number>,
): { fresh: F[]; gone: number } {
  const left = new Map(known);
  const fresh = findings.filter((finding) => {
    const key = identityKey(identityOf(finding));
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0;
  });
  return { fresh, gone: [...left.values()].reduce((sum, count) => sum + count, 0) };
}

/** The findings, counted by {@link identityKey}. */
export function countByIdentity(findings: readonly FindingWords[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const finding of findings) {
    const key = identityKey(identityOf(finding));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The order of members and lists depends on that of the files, so it does not count. */
function sorted(data: FindingData): FindingData {
  return Object.fromEntries(
    Object.entries(data)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => compareText(a, b))
      .map(([key, value]) => [
        key,
        Array.isArray(value) ? [...value].sort((a, b) => compareText(String(a), String(b))) : value,
      ]),
  );
}
