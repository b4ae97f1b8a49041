import { dictionary } from "../../../common/maps";
import type { CharTest } from "./char-test";
import { type Flags, type Reader, RegexError } from "./reader";

const CONTROLS = dictionary<number>({ a: 7, t: 9, n: 10, v: 11, f: 12, r: 13 });

/** Perl classes in Unicode mode (UTS #18, annex C). */
const UNICODE_PERL = dictionary<string>({
  d: "\\p{Nd}",
  s: "\\p{White_Space}",
  w: "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}",
});
const ASCII_PERL = dictionary<string>({ d: "0-9", s: "\\t\\n\\v\\f\\r ", w: "0-9A-Za-z_" });

/** Reads an escape: a code point, or a set of them. */
export function escaped(reader: Reader): number | CharTest {
  const { flags } = reader;
  reader.next();
  if (reader.done) throw new RegexError("incomplete escape sequence, reached end of pattern prematurely");
  const letter = reader.next();
  if (/^[0-9]$/.test(letter)) throw new RegexError("backreferences are not supported");
  if (/^[xuU]$/.test(letter)) return hexadecimal(reader, letter);
  if (/^[pP]$/.test(letter)) return unicodeClass(reader, letter === "P");
  if (/^[dswDSW]$/.test(letter)) return perlClass(letter, flags);
  const control = CONTROLS[letter];
  if (control !== undefined) return control;
  const code = letter.codePointAt(0) ?? 0;
  if (code >= 128 || /^[A-Za-z<>]$/.test(letter)) throw new RegexError("unrecognized escape sequence");
  return code;
}

function hexadecimal(reader: Reader, letter: string): number {
  reader.skipSpace();
  const braced = reader.take("{");
  let digits = "";
  if (braced) {
    digits = reader.until("}").replaceAll(/\s/g, reader.flags.verbose ? "" : " ");
    if (digits === "") throw new RegexError("hexadecimal literal empty");
  } else {
    for (const length = { x: 2, u: 4, U: 8 }[letter] ?? 2; digits.length < length; reader.skipSpace()) {
      if (reader.done) throw new RegexError("incomplete escape sequence, reached end of pattern prematurely");
      digits += reader.next();
    }
  }
  if (!/^[0-9A-Fa-f]+$/.test(digits)) throw new RegexError("invalid hexadecimal digit");
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new RegexError("hexadecimal literal is not a Unicode scalar value");
  }
  if (!reader.flags.unicode && letter === "x" && !braced && code > 127) {
    throw new RegexError("pattern can match invalid UTF-8");
  }
  return code;
}

function perlClass(letter: string, flags: Flags): CharTest {
  const lower = letter.toLowerCase();
  const negated = letter !== lower;
  if (negated && !flags.unicode) throw new RegexError("pattern can match invalid UTF-8");
  const test = propertyTest((flags.unicode ? UNICODE_PERL : ASCII_PERL)[lower] ?? "", {
    ...flags,
    ignoreCase: false,
  });
  return negated ? (code) => !test(code) : test;
}

/** `\pL`, `\p{Greek}`, `\p{gc=Lu}`, `\P{…}`. Names match loosely, as in the crate. */
function unicodeClass(reader: Reader, negated: boolean): CharTest {
  const { flags } = reader;
  reader.skipSpace();
  if (reader.done) throw new RegexError("incomplete escape sequence, reached end of pattern prematurely");
  const name = reader.take("{") ? reader.until("}") : reader.next();
  if (!flags.unicode) throw new RegexError("Unicode not allowed here");
  const [, key, operator, value] = /^([^=:!]*)(!=|=|:)?(.*)$/.exec(name) ?? [];
  const source = propertySource(key ?? "", operator === undefined ? undefined : (value ?? ""));
  if (source === undefined) throw new RegexError("Unicode property not found");
  const test = propertyTest(source, flags);
  return negated !== (operator === "!=") ? (code) => !test(code) : test;
}

function propertySource(name: string, value: string | undefined): string | undefined {
  if (value !== undefined) {
    const key = { gc: "gc", generalcategory: "gc", sc: "sc", script: "sc", scx: "scx", scriptextensions: "scx" }[
      loose(name)
    ];
    return key === undefined
      ? undefined
      : spellings(value)
          .map((one) => `\\p{${key}=${one}}`)
          .find(compiles);
  }
  const bare = spellings(name).map((one) => `\\p{${one}}`);
  return [...bare, ...spellings(name).map((one) => `\\p{sc=${one}}`)].find(compiles);
}

function loose(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, "");
}

/** The possible spellings of a name in JavaScript, which accepts only one of them: `lu`, `LU` and `Lu`; `old persian` and `Old_Persian`. */
function spellings(name: string): string[] {
  const words = name.split(/[\s_-]+/).filter((word) => word !== "");
  const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
  return [...new Set([name, words.map(capital).join("_"), name.toUpperCase(), capital(name)])];
}

function compiles(source: string): boolean {
  try {
    return new RegExp(source, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

/** A test for the contents of a JavaScript class, with a table for ASCII, which is nearly everything in a path. */
export function propertyTest(inside: string, flags: Flags): CharTest {
  const pattern = new RegExp(`^[${inside}]$`, flags.ignoreCase ? "iu" : "u");
  const ascii = Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
  return (code) => ascii[code] ?? pattern.test(String.fromCodePoint(code));
}
