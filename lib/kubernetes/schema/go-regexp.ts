import type { RE2JS } from "re2js";

/** A compiled pattern. */
export interface GoRegExp {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** The length of the match at the start of the text; -1 if it does not match there. */
  lengthAtStart(text: string): number;
  /** All matches in the text, without overlaps. */
  matches(text: string): GoMatch[];
}

/** A match of a pattern: its position and its groups, of which the first is the whole match. */
export interface GoMatch {
  start: number;
  end: number;
  groups: string[];
}

const compiled = new Map<string, GoRegExp>();
let library: typeof RE2JS | undefined;

/**
 * Compiles a regular expression with Go's syntax, which matches in linear time. JavaScript's own engine would take exponential time for patterns of
 * CRDs such as `^([-a-z]+[.]?)+$`.
 *
 * @throws if Go would not compile it
 */
export function goRegExp(source: string): GoRegExp {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  // Loaded on first use, because many objects have no field with a pattern.
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

/** Whether Go compiles this regular expression. */
export function isGoRegExp(source: string): boolean {
  try {
    goRegExp(source);
    return true;
  } catch {
    return false;
  }
}
