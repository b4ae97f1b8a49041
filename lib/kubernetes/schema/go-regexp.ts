import type { RE2JS } from "re2js";

/** A compiled pattern. */
export interface GoRegExp {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
}

const compiled = new Map<string, GoRegExp>();
let library: typeof RE2JS | undefined;

/**
 * A regular expression as Go reads it, in time that grows with the text alone: patterns of CRDs such as `^([-a-z]+[.]?)+$` keep JavaScript's own
 * engine busy for ever.
 */
export function goRegExp(source: string): GoRegExp {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  // Not every object has a field with a pattern.
  library ??= (require("re2js") as typeof import("re2js")).RE2JS;
  const made = library.compile(source);
  compiled.set(source, made);
  return made;
}
