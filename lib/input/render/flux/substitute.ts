import { goRegExp } from "../../../kubernetes/schema/go-regexp";

/** The values of variables, by name. */
export type Variables = ReadonlyMap<string, string>;

/** A substitution that Flux refuses. The whole Kustomization then fails. */
export class BadSubstitution extends Error {
  override readonly name = "BadSubstitution";
}

/**
 * Replaces `${name}` as Flux does after a build (`postBuild`, with its fork of drone/envsubst), including defaults, lengths, changes of case, slices,
 * removed prefixes and suffixes, and replacements. `$$` becomes `$`, so `$${name}` becomes `${name}`; `$name` stays as it is.
 *
 * @param isUnknown Whether a variable that is missing here may still have a value. If so it stays, without its default, which may not be what it is;
 *   otherwise it is its default, or empty.
 * @throws BadSubstitution for what Flux refuses, such as `${name-default}`, `${a.b}` or an unclosed brace
 */
export function substitute(text: string, variables: Variables, isUnknown: (name: string) => boolean): string {
  let result = "";
  for (let at = 0; at < text.length; ) {
    const start = text.indexOf("$", at);
    if (start < 0) return result + text.slice(at);
    const next = text[start + 1];
    result += text.slice(at, start);
    if (next === "{") {
      const end = closingBrace(text, start + 2);
      const inner = text.slice(start + 2, end);
      result += expand(inner, variables, isUnknown) ?? text.slice(start, end + 1);
      at = end + 1;
    } else {
      result += "$";
      at = start + (next === "$" ? 2 : 1);
    }
  }
  return result;
}

/** The index of the brace that closes the `${` before `from`. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "}") depth--;
    else if (text.startsWith("${", at)) depth++;
    if (depth === 0) return at;
  }
  throw new BadSubstitution(`\${${text.slice(from, from + 30).split("\n", 1)[0]} is not closed`);
}

/** The value of an expression. Undefined if it is unknown. */
function expand(inner: string, variables: Variables, isUnknown: (name: string) => boolean): string | undefined {
  const [, length = "", name = "", rest = ""] = /^(#?)([\p{L}\p{Nd}_]+)(.*)$/su.exec(inner) ?? [];
  const value = variables.get(name);
  const other = (text: string) => substitute(text, variables, isUnknown);
  // To Flux, `${name:?text}` and `${name:+text}` are defaults too, and an empty value counts as missing.
  const [, word] = /^(?::[-=+?]|=)(.*)$/s.exec(rest) ?? [];
  if (name === "" || (length !== "" && rest !== "")) throw refused(inner);
  const unknown = value === undefined && isUnknown(name);
  if (word !== undefined) {
    if (unknown) return `\${${name}}`;
    return value === undefined || value === "" ? other(word) : value;
  }
  if (unknown && isOperator(rest)) return undefined;
  const changed = length === "" ? applyOperator(value ?? "", rest, other) : String(Buffer.byteLength(value ?? ""));
  if (changed === undefined) throw refused(inner);
  return changed;
}

const refused = (inner: string) => new BadSubstitution(`it reads \${${inner.slice(0, 60)}} as a bad substitution`);

const isOperator = (rest: string) => applyOperator("", rest, (text) => text) !== undefined;

/** Applies `^^`, `,,`, `:1:2`, `/a/b`, `#prefix` or `%suffix`. Undefined for anything else. */
function applyOperator(value: string, rest: string, other: (text: string) => string): string | undefined {
  if (rest === "") return value;
  if (rest === "^^") return value.toUpperCase();
  if (rest === ",,") return value.toLowerCase();
  if (rest === "^") return value.charAt(0).toUpperCase() + value.slice(1);
  if (rest === ",") return value.charAt(0).toLowerCase() + value.slice(1);
  const [, start, count] = /^:([^:]+)(?::(.+))?$/s.exec(rest) ?? [];
  if (start !== undefined) return slice(value, other(start), count === undefined ? undefined : other(count));
  const [, how, from = "", to = ""] = /^\/([/#%]?)((?:\\.|[^/\\])+)\/(.*)$/s.exec(rest) ?? [];
  if (how !== undefined) return replaced(value, how, unescaped(other(from)), unescaped(other(to)));
  const [, side, pattern] = /^(#{1,2}|%{1,2})(.+)$/s.exec(rest) ?? [];
  return side === undefined || pattern === undefined ? undefined : trimmed(value, side, other(pattern));
}

/** A slice, as in Bash: empty beyond the end. Unlike Bash, unchanged if an index is not a number. */
function slice(value: string, start: string, count: string | undefined): string {
  const isNumber = (text: string) => /^[+-]?\d+$/.test(text);
  if (!isNumber(start) || (count !== undefined && !isNumber(count))) return value;
  const from = Number(start) < 0 ? Math.max(0, value.length + Number(start)) : Number(start);
  return count === undefined ? value.slice(from) : value.slice(from, from + Number(count));
}

const unescaped = (text: string) => text.replaceAll(/\\([/\\])/g, "$1");

function replaced(value: string, how: string, from: string, to: string): string {
  if (how === "/") return value.replaceAll(from, () => to);
  if (how === "#" && !value.startsWith(from)) return value;
  if (how === "%") return value.endsWith(from) ? value.slice(0, value.length - from.length) + to : value;
  return value.replace(from, () => to);
}

/** Removes the shortest (`#`, `%`) or longest (`##`, `%%`) prefix or suffix that matches a shell pattern. */
function trimmed(value: string, side: string, pattern: string): string {
  const body = pattern
    .replaceAll(/[.+^$(){}|\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = goRegExp(`^(?s:${body})$`);
  const fromStart = side.startsWith("#");
  const lengths = Array.from({ length: value.length }, (_, index) => index + 1);
  if (side.length === 2) lengths.reverse();
  const part = (length: number) => (fromStart ? value.slice(0, length) : value.slice(value.length - length));
  const found = lengths.find((length) => expression.test(part(length)));
  if (found === undefined) return value;
  return fromStart ? value.slice(found) : value.slice(0, value.length - found);
}
