import type { RE2JS } from "re2js";

/** A compiled pattern. */
export interface GoRegExp {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** How many characters it matches where the text begins; -1 where it does not match there. */
  lengthAtStart(text: string): number;
  /** Every match in the text, one behind the other. */
  matches(text: string): GoMatch[];
}

/** A match of a pattern: where it is, and what each group holds, the whole first. */
export interface GoMatch {
  start: number;
  end: number;
  groups: string[];
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
    matches: (text) => {
      const matcher = expression.matcher(text);
      const found: GoMatch[] = [];
      while (matcher.find()) {
        const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? "");
        found.push({ start: matcher.start(), end: matcher.end(), groups });
      }
      return found;
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
