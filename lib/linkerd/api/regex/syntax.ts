import { dictionary } from "../../../common/maps";
import type { CharTest } from "./char-test";
import { parseClass } from "./class";
import { Reader, RegexError } from "./reader";

/** A condition on the position that consumes nothing. */
export type Assertion =
  | "text-start"
  | "text-end"
  | "line-start"
  | "line-end"
  | "line-start-crlf"
  | "line-end-crlf"
  | "word"
  | "not-word"
  | "word-start"
  | "word-end"
  | "word-start-half"
  | "word-end-half";

/** A parsed regular expression, without captures, which do not affect whether it matches. */
export type Node =
  | { kind: "char"; test: CharTest }
  | { kind: "assert"; at: Assertion; unicode: boolean }
  | { kind: "concat"; parts: readonly Node[] }
  | { kind: "alternate"; branches: readonly Node[] }
  | { kind: "repeat"; node: Node; min: number; max: number; greedy: boolean };

/** The deepest nesting that Rust's `regex` accepts (`nest_limit`). */
const DEEPEST = 250;

const WORD_BOUNDARIES = dictionary<Assertion>({
  start: "word-start",
  end: "word-end",
  "start-half": "word-start-half",
  "end-half": "word-end-half",
});

/**
 * Parses a pattern in the syntax of Rust's `regex` crate (1.x), which Linkerd's policy controller and proxy use. Unlike JavaScript it refuses
 * look-around, back-references and `{` without a count, and supports `(?i)`, `[a&&b]` and `\z`.
 *
 * @throws RegexError if the crate refuses the pattern
 */
export function parse(pattern: string): Node {
  const reader = new Reader(pattern);
  const node = alternation(reader, new Set(), 0);
  if (!reader.done) throw new RegexError("unopened group");
  return node;
}

function alternation(reader: Reader, names: Set<string>, depth: number): Node {
  if (depth > DEEPEST) throw new RegexError("exceeds the maximum nesting of groups");
  const branches: Node[] = [];
  let parts: (Node | "flags")[] = [];
  const close = () => {
    branches.push({ kind: "concat", parts: parts.filter((part) => part !== "flags") });
    parts = [];
  };
  for (reader.skipSpace(); !reader.done && reader.peek !== ")"; reader.skipSpace()) {
    const character = reader.peek;
    if (character === "|") {
      reader.next();
      close();
    } else if (character === "(") {
      parts.push(group(reader, names, depth));
    } else if (character === "*" || character === "+" || character === "?") {
      reader.next();
      const [min, max] = character === "*" ? [0, Infinity] : character === "+" ? [1, Infinity] : [0, 1];
      parts.push(repeated(reader, parts.pop(), min, max));
    } else if (character === "{") {
      const last = parts.pop();
      if (last === undefined || last === "flags") throw new RegexError("repetition operator missing expression");
      const [min, max] = count(reader);
      parts.push(repeated(reader, last, min, max));
    } else {
      parts.push(primitive(reader));
    }
  }
  close();
  return branches.length === 1 ? (branches[0] as Node) : { kind: "alternate", branches };
}

function repeated(reader: Reader, node: Node | "flags" | undefined, min: number, max: number): Node {
  if (node === undefined || node === "flags") throw new RegexError("repetition operator missing expression");
  if (min > max) throw new RegexError("invalid repetition count range, the start must be <= the end");
  const lazy = reader.take("?");
  return { kind: "repeat", node, min, max, greedy: lazy === reader.flags.swapGreed };
}

/** Reads `{n}`, `{n,}` or `{n,m}`. Unlike in JavaScript, anything else after `{` is refused. */
function count(reader: Reader): [number, number] {
  reader.next();
  reader.skipSpace();
  const min = reader.decimal();
  let max = min;
  if (reader.take(",")) {
    reader.skipSpace();
    max = reader.peek === "}" ? Infinity : reader.decimal();
  }
  if (!reader.take("}")) throw new RegexError("unclosed counted repetition");
  reader.skipSpace();
  return [min, max];
}

function group(reader: Reader, names: Set<string>, depth: number): Node | "flags" {
  reader.next();
  reader.skipSpace();
  const outside = { ...reader.flags };
  if (["?=", "?!", "?<=", "?<!"].some((prefix) => reader.startsWith(prefix))) {
    throw new RegexError("look-around, including look-ahead and look-behind, is not supported");
  }
  if (reader.takeAll("?P<") || reader.takeAll("?<")) {
    groupName(reader, names);
  } else if (reader.take("?")) {
    if (groupFlags(reader) === ")") return "flags";
  }
  const inside = alternation(reader, names, depth + 1);
  if (!reader.take(")")) throw new RegexError("unclosed group");
  reader.flags = outside;
  return inside;
}

function groupName(reader: Reader, names: Set<string>): void {
  const name = reader.until(">");
  if (name === "") throw new RegexError("empty capture group name");
  if (!/^[\p{Alphabetic}_][\p{Alphabetic}\p{Nd}\p{Nl}\p{No}_.[\]]*$/u.test(name)) {
    throw new RegexError("invalid capture group character");
  }
  if (names.has(name)) throw new RegexError("duplicate capture group name");
  names.add(name);
}

/** Reads flags such as `i`, `-u` or `im-s` up to `:` or `)`, and returns which of them it was. */
function groupFlags(reader: Reader): ":" | ")" {
  const seen = new Set<string>();
  let last = "";
  for (;;) {
    if (reader.done) throw new RegexError("expected flag but got end of regex");
    const character = reader.next();
    if (character === ":" || character === ")") {
      if (last === "-") throw new RegexError("dangling flag negation operator");
      if (character === ")" && last === "") throw new RegexError("repetition operator missing expression");
      return character;
    }
    if (seen.has(character)) throw new RegexError("duplicate flag");
    if (character !== "-" && !reader.setFlag(character, !seen.has("-"))) throw new RegexError("unrecognized flag");
    seen.add(character);
    last = character;
  }
}

function primitive(reader: Reader): Node {
  const { flags } = reader;
  const character = reader.peek;
  if (character === "^" || character === "$") {
    reader.next();
    const end = character === "^" ? "start" : "end";
    const at: Assertion = !flags.multiLine ? `text-${end}` : flags.crlf ? `line-${end}-crlf` : `line-${end}`;
    return { kind: "assert", at, unicode: flags.unicode };
  }
  if (character === "\\") {
    const at = assertion(reader);
    if (at !== undefined) return { kind: "assert", at, unicode: flags.unicode };
  }
  return { kind: "char", test: parseClass(reader) };
}

/** `\A`, `\z`, `\b` and similar; undefined, without consuming anything, if the escape stands for characters. */
function assertion(reader: Reader): Assertion | undefined {
  const simple: Readonly<Record<string, Assertion>> = {
    "\\A": "text-start",
    "\\z": "text-end",
    "\\B": "not-word",
    "\\<": "word-start",
    "\\>": "word-end",
  };
  for (const [text, at] of Object.entries(simple)) if (reader.takeAll(text)) return at;
  if (!reader.takeAll("\\b")) return undefined;
  if (!/^\{\s*[-A-Za-z]/.test(reader.rest())) return "word";
  reader.next();
  reader.skipSpace();
  const name = reader.until("}").replaceAll(/\s/g, "");
  const at = WORD_BOUNDARIES[name];
  if (at === undefined) throw new RegexError("unrecognized special word boundary assertion");
  return at;
}
