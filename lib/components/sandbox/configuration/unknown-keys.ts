import { closest, distance } from "fastest-levenshtein";
import type { Problem } from "../../../common/argument-problems";

/** A problem for each given key that is not among the known ones, with the nearest of them when it is near. */
export function unknownKeyProblems(
  at: (key: string) => string,
  known: readonly string[],
  given: readonly string[],
): Problem[] {
  return given
    .filter((key) => !known.includes(key))
    .map((key) => ({ where: at(key), what: "there is no such key", remedy: remedyFor(key, known) }));
}

function remedyFor(key: string, known: readonly string[]): string {
  const nearest = nearestOf(key, known);
  return nearest === undefined ? `remove it; there are ${[...known].sort().join(", ")}` : `did you mean "${nearest}"?`;
}

function nearestOf(key: string, known: readonly string[]): string | undefined {
  const lower = key.toLowerCase();
  const candidate = closest(
    lower,
    known.map((name) => name.toLowerCase()),
  );
  const nearEnough = distance(lower, candidate) <= Math.max(2, Math.floor(key.length / 3));
  return nearEnough ? known.find((name) => name.toLowerCase() === candidate) : undefined;
}
