import { compile, spans } from "./program";
import { parse } from "./syntax";

export { RegexError } from "./reader";

/** A regular expression as Linkerd's policy controller and proxy take it. */
export interface Regex {
  readonly pattern: string;
  /** Whether the first match in the text is all of it; see {@link spans}. */
  spans(text: string): boolean;
}

/**
 * Compiles a pattern with the semantics of Rust's `regex` crate.
 *
 * @throws RegexError where the crate refuses it, and with it Linkerd's admission webhook the route.
 * @example
 * compileRegex("/items/[0-9]+").spans("/items/42"); // true
 * compileRegex("/api|/api/v1").spans("/api/v1"); // false: the first alternative matches, and ends early
 */
export function compileRegex(pattern: string): Regex {
  const program = compile(parse(pattern));
  return { pattern, spans: (text) => spans(program, text) };
}
