import { dictionary } from "../../../common/maps";
import type { CharTest } from "./char-test";
import { escaped, propertyTest } from "./escape";
import { type Flags, type Reader, RegexError } from "./reader";

/** The contents of POSIX classes, in JavaScript's syntax. */
const POSIX = dictionary<string>({
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\0-\\x7f",
  blank: "\\t ",
  cntrl: "\\0-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
});

/** Reads one character, escape, `.` or bracketed set. */
export function parseClass(reader: Reader): CharTest {
  const { flags } = reader;
  if (reader.peek === "[") return bracketed(reader);
  if (reader.peek === "\\") {
    const item = escaped(reader);
    return typeof item === "number" ? range(item, item, flags) : item;
  }
  const character = reader.next();
  if (character !== ".") return range(codePoint(character), codePoint(character), flags);
  if (!flags.unicode) throw new RegexError("pattern can match invalid UTF-8");
  if (flags.dotAll) return () => true;
  return flags.crlf ? (code) => code !== 10 && code !== 13 : (code) => code !== 10;
}

/** The code points from `first` to `last`, and with the flag `i` their other cases, too. */
export function range(first: number, last: number, flags: Flags): CharTest {
  if (!flags.ignoreCase) return (code) => code >= first && code <= last;
  if (!flags.unicode) {
    return (code) => [code, ...otherAsciiCase(code)].some((candidate) => candidate >= first && candidate <= last);
  }
  const pattern = new RegExp(`^[\\u{${first.toString(16)}}-\\u{${last.toString(16)}}]$`, "iu");
  return (code) => (code >= first && code <= last) || pattern.test(String.fromCodePoint(code));
}

function otherAsciiCase(code: number): number[] {
  if (code >= 65 && code <= 90) return [code + 32];
  return code >= 97 && code <= 122 ? [code - 32] : [];
}

/** `[a-z&&[^aeiou]]`: the binary operators share one precedence, below that of juxtaposition, and associate to the left. */
function bracketed(reader: Reader): CharTest {
  reader.next();
  reader.skipSpace();
  const negated = reader.take("^");
  if (negated && !reader.flags.unicode) throw new RegexError("pattern can match invalid UTF-8");
  reader.skipSpace();
  let items: CharTest[] = [];
  for (; reader.peek === "-"; reader.skipSpace()) items.push(literal(reader));
  if (items.length === 0 && reader.peek === "]") items.push(literal(reader));
  let left: CharTest | undefined;
  let combine = (_: CharTest, right: CharTest): CharTest => right;
  const closeOperand = () => {
    left = combine(left ?? (() => false), union(items));
    items = [];
  };
  for (;;) {
    reader.skipSpace();
    if (reader.done) throw new RegexError("unclosed character class");
    const operator = ["&&", "--", "~~"].find((candidate) => reader.startsWith(candidate));
    if (reader.take("]")) {
      closeOperand();
      const test = left as unknown as CharTest;
      return negated ? (code) => !test(code) : test;
    }
    if (operator !== undefined) {
      reader.takeAll(operator);
      closeOperand();
      combine = OPERATORS[operator as keyof typeof OPERATORS];
    } else if (reader.peek === "[") {
      items.push(posix(reader) ?? bracketed(reader));
    } else {
      items.push(item(reader));
    }
  }
}

const OPERATORS = {
  "&&":
    (a: CharTest, b: CharTest): CharTest =>
    (code) =>
      a(code) && b(code),
  "--":
    (a: CharTest, b: CharTest): CharTest =>
    (code) =>
      a(code) && !b(code),
  "~~":
    (a: CharTest, b: CharTest): CharTest =>
    (code) =>
      a(code) !== b(code),
};

function union(items: readonly CharTest[]): CharTest {
  return (code) => items.some((test) => test(code));
}

function literal(reader: Reader): CharTest {
  const code = codePoint(reader.next());
  return range(code, code, reader.flags);
}

/** One character, one class, or a range of characters. */
function item(reader: Reader): CharTest {
  const first = operand(reader);
  reader.skipSpace();
  if (reader.done) throw new RegexError("unclosed character class");
  const isRange = reader.peek === "-" && reader.peekSecond !== "]" && reader.peekSecond !== "-";
  if (!isRange) return typeof first === "number" ? range(first, first, reader.flags) : first;
  reader.next();
  reader.skipSpace();
  if (reader.done) throw new RegexError("unclosed character class");
  const last = operand(reader);
  if (typeof first !== "number" || typeof last !== "number") {
    throw new RegexError("invalid range boundary, must be a literal");
  }
  if (first > last) throw new RegexError("invalid character class range, the start must be <= the end");
  return range(first, last, reader.flags);
}

function operand(reader: Reader): number | CharTest {
  if (reader.peek !== "\\") {
    const code = codePoint(reader.next());
    if (code > 127 && !reader.flags.unicode) throw new RegexError("Unicode not allowed here");
    return code;
  }
  if (/^\\[AzbB<>]/.test(reader.rest())) throw new RegexError("invalid escape sequence found in character class");
  return escaped(reader);
}

/** `[:alpha:]`; undefined, without consuming anything, if it is not a known class: `[[:loower:]]` is a set of characters. */
function posix(reader: Reader): CharTest | undefined {
  const match = /^\[:(\^?)([a-z]+):\]/.exec(reader.rest());
  const inside = POSIX[match?.[2] ?? ""];
  if (match === null || inside === undefined) return undefined;
  const { flags } = reader;
  reader.takeAll(match[0]);
  const negated = match[1] === "^";
  if (negated && !flags.unicode) throw new RegexError("pattern can match invalid UTF-8");
  const test = propertyTest(inside, flags);
  return negated ? (code) => !test(code) : test;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
