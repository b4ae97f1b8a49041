import { compile, spans } from "./program";
import { parse } from "./syntax";

export { RegexError } from "./reader";

/** A regular expression with the semantics of Linkerd's policy controller and proxy. */
export interface Regex {
  readonly pattern: string;
  /** Whether the first match spans the whole text; see {@link spans}. */
  spans(text: string): boolean;
}

/**
 * Compiles a pattern with the semantics of Rust's `regex` crate.
 *
 * @throws RegexError if the crate refuses the pattern. Linkerd's admission webhook then refuses the route.
 * @example
 * compileRegex("/items/[0-9]+").spans("/items/42"); // true
 * compileRegex("/api|/api/v1").spans("/api/v1"); // false: the first alternative matches, but not the whole text
 */
export function compileRegex(pattern: string): Regex {
  const program = compile(parse(pattern));
  return { pattern, spans: (text) => spans(program, text) };
}
