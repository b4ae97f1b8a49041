import type { RE2JS } from "re2js";

/** A compiled pattern. */
export interface GoRegExp {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** How many characters it matches where the text begins; -1 where it does not match there. */
  lengthAtStart(text: string): number;
}

const compiled = new Map<string, GoRegExp>();
let library: typeof RE2JS | undefined;

/**
 * A regular expression as Go reads it, in time that grows with the text alone: patterns of CRDs such as `^([-a-z]+[.]?)+$` keep JavaScript's own
 * engine busy for ever.
 *
 * @throws for what is no expression to Go
 */
export function goRegExp(source: string): GoRegExp {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  // Not every object has a field with a pattern.
  library ??= (require("re2js") as typeof import("re2js")).RE2JS;
  const expression = library.compile(source);
  const made: GoRegExp = {
    test: (text) => expression.test(text),
    lengthAtStart: (text) => {
      const matcher = expression.matcher(text);
      return matcher.lookingAt() ? matcher.end() : -1;
    },
  };
  compiled.set(source, made);
  return made;
}

/** Whether it is an expression to Go. */
export function isGoRegExp(source: string): boolean {
  try {
    goRegExp(source);
    return true;
  } catch {
    return false;
  }
}
