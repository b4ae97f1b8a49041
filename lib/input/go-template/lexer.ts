import { TemplateError } from "./values";

export interface Token {
  kind: "blank" | "word" | "field" | "variable" | "number" | "text" | "sign";
  /** The value of a string, or the name of a field or word. */
  value: string;
}

/** A piece of a template: literal text, or the tokens between delimiters. */
export type Piece = { text: string } | { tokens: Token[] };

const blank = /^[ \t\r\n]+/;
const trimmedEnd = /[ \t\r\n]+$/;

/** Splits a template into pieces, without the spaces that `{{-` and `-}}` trim. */
export function piecesOf(template: string, [open, close]: readonly [string, string]): Piece[] {
  const pieces: Piece[] = [];
  let rest = template;
  for (;;) {
    const start = rest.indexOf(open);
    if (start < 0) return [...pieces, { text: rest }];
    const before = rest.slice(0, start);
    let inner = rest.slice(start + open.length);
    const trimsBefore = /^-[ \t\r\n]/.test(inner);
    pieces.push({ text: trimsBefore ? before.replace(trimmedEnd, "") : before });
    if (trimsBefore) inner = inner.slice(1);
    const isComment = /^[ \t\r\n]*\/\*/.test(inner);
    const read = isComment ? afterComment(inner, close) : tokensOf(inner, close);
    if (read.tokens !== undefined) pieces.push({ tokens: read.tokens });
    rest = read.trimsAfter ? read.rest.replace(blank, "") : read.rest;
  }
}

interface Read {
  /** Absent for a comment. */
  tokens?: Token[];
  rest: string;
  trimsAfter: boolean;
}

function afterComment(inner: string, close: string): Read {
  const end = inner.indexOf("*/");
  if (end < 0) throw new TemplateError("a comment in it is not closed");
  const after = inner.slice(end + 2);
  const trims = /^[ \t\r\n]+-/.exec(after);
  const closing = trims !== null ? after.slice(trims[0].length) : after;
  if (!closing.startsWith(close)) throw new TemplateError("a comment in it ends before its closing delimiter");
  return { rest: closing.slice(close.length), trimsAfter: trims !== null };
}

const tokenKinds: readonly [Token["kind"], RegExp][] = [
  ["text", /^"(?:\\.|[^"\\\n])*"/],
  ["text", /^`[^`]*`/],
  ["number", /^'(?:\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)|[^'\\\n])'/u],
  [
    "number",
    /^[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![\p{L}\p{Nd}_])/u,
  ],
  ["field", /^\.[\p{L}_][\p{L}\p{Nd}_]*/u],
  ["variable", /^\$[\p{L}\p{Nd}_]*/u],
  ["word", /^[\p{L}_][\p{L}\p{Nd}_]*/u],
  ["sign", /^(?::=|[=,|().])/],
];

function tokensOf(inner: string, close: string): Read {
  const tokens: Token[] = [];
  let rest = inner;
  for (;;) {
    const gap = blank.exec(rest)?.[0] ?? "";
    if (gap !== "" && rest.startsWith(`-${close}`, gap.length)) {
      return { tokens, rest: rest.slice(gap.length + 1 + close.length), trimsAfter: true };
    }
    if (rest.startsWith(close, gap.length)) {
      return { tokens, rest: rest.slice(gap.length + close.length), trimsAfter: false };
    }
    if (gap !== "") {
      tokens.push({ kind: "blank", value: " " });
      rest = rest.slice(gap.length);
    }
    if (rest === "") throw new TemplateError("an action in it is not closed");
    const token = tokenAt(rest);
    tokens.push(token.token);
    rest = rest.slice(token.length);
  }
}

function tokenAt(rest: string): { token: Token; length: number } {
  for (const [kind, pattern] of tokenKinds) {
    const [found] = pattern.exec(rest) ?? [];
    if (found === undefined) continue;
    const value = kind === "text" ? unquoted(found) : kind === "field" ? found.slice(1) : found;
    return { token: { kind, value }, length: found.length };
  }
  throw new TemplateError(`it has an unexpected ${JSON.stringify(rest.slice(0, 1))} in an action`);
}

/** Decodes a string literal of Go, in quotes or backquotes. */
function unquoted(written: string): string {
  if (written.startsWith("`")) return written.slice(1, -1).replaceAll("\r", "");
  return written.slice(1, -1).replaceAll(escapes, (_, code: string) => unescaped(code));
}

const escapes = /\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/gs;
const letters: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function unescaped(code: string): string {
  if (/^[\\"']$/.test(code)) return code;
  const letter = Object.hasOwn(letters, code) ? letters[code] : undefined;
  if (letter !== undefined) return letter;
  const [, hex] = /^[xuU]([\da-fA-F]+)$/.exec(code) ?? [];
  if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
  if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
  throw new TemplateError(`it has the escape \\${code} in a text`);
}

/** The value of a character constant such as `'a'`. */
export function characterOf(written: string): bigint {
  const inner = written.slice(1, -1);
  return BigInt((inner.startsWith("\\") ? unescaped(inner.slice(1)) : inner).codePointAt(0) ?? 0);
}
