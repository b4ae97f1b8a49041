/** The maximum length of an answer, in characters: what a model can still read. */
export const mostCharacters = 40_000;

/** A part of an answer that was left out. */
export interface Cut {
  /** Where in the answer, e.g. `answer.flows`. */
  readonly list: string;
  readonly shown: number;
  readonly of: number;
}

/**
 * Halves the answer's longest list again and again until the whole answer fits into `most` characters. Returns the cuts as well: an answer that lacks
 * something must not look whole.
 */
export function bounded<T>(answer: T, most = mostCharacters): { answer: T | undefined; cuts: Cut[] } {
  const whole = structuredClone(answer);
  const cuts = new Map<string, Cut>();
  while (JSON.stringify(whole)?.length > most) {
    const longest = lists(whole, "").sort((a, b) => b.size - a.size)[0];
    if (longest === undefined || longest.list.length === 0) return { answer: undefined, cuts: [...cuts.values()] };
    const of = cuts.get(longest.path)?.of ?? longest.list.length;
    longest.list.length = Math.floor(longest.list.length / 2);
    cuts.set(longest.path, { list: longest.path, shown: longest.list.length, of });
  }
  return { answer: whole, cuts: [...cuts.values()] };
}

interface Found {
  readonly path: string;
  readonly list: unknown[];
  readonly size: number;
}

/** Every list that is not inside another one, with its length in characters. */
function lists(value: unknown, path: string): Found[] {
  if (Array.isArray(value)) return [{ path, list: value, size: value.length === 0 ? 0 : JSON.stringify(value).length }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => lists(member, path === "" ? key : `${path}.${key}`));
}
