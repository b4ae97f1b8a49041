import { closest, distance } from "fastest-levenshtein";

/** The known word closest to a misspelled one; undefined if none is close. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 64) return undefined;
  const folded = known.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
  const best = folded ?? closest(word, [...known]);
  const near = folded !== undefined || distance(word, best) <= Math.ceil(best.length / 3);
  return near ? best : undefined;
}

/** `; did you mean "x"?` if one of the known words is close, otherwise empty. */
export function didYouMean(word: string, known: readonly string[]): string {
  const best = nearestWord(word, known);
  return best === undefined ? "" : `; did you mean "${best}"?`;
}
