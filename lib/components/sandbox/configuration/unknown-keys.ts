import { closest, distance } from "fastest-levenshtein";
import type { Path, Problem } from "../../../common/problem";

/** A problem for each unknown key, with the nearest known one if there is one. */
export function unknownKeyProblems(
  at: (key: string) => Path,
  known: readonly string[],
  given: readonly string[],
): Problem[] {
  return given
    .filter((key) => !known.includes(key))
    .map((key) => ({ code: "unknown-field", path: at(key), message: "there is no such key", fix: fixFor(key, known) }));
}

function fixFor(key: string, known: readonly string[]): string {
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
