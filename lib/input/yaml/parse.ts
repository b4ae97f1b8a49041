import type { CST, Document } from "yaml";
import { Composer, Parser } from "yaml";
import { indentFlowLines } from "./flow-lines";
import { lineStarts, positionsIn } from "./positions";

export interface Parsed {
  /** The text that was parsed. */
  text: string;
  documents: Document.Parsed[];
  tokens: CST.Token[];
  /** The offset of a part that is nested too deeply to be composed. */
  deep?: number;
}

/** All scalars are text: `readValue` resolves them, and compares keys in a single pass. */
const options = {
  version: "1.1",
  schema: "failsafe",
  uniqueKeys: false,
  logLevel: "silent",
} as const;

/** Parses a text into documents whose scalars are text. */
export function parse(text: string): Parsed {
  const tokens = [...new Parser().parse(text)];
  const deep = tokens.find(isNestedTooDeep);
  if (deep !== undefined) return { text, documents: [], tokens, deep: deep.offset };
  return { text, documents: [...new Composer(options).compose(tokens)] as Document.Parsed[], tokens };
}

/** Parses like {@link parse}, but corrects indentation within brackets, which has no meaning in Go, unless there are other errors. */
export function parseLikeGo(text: string): Parsed & { original: (offset: number) => number } {
  const first = parse(text);
  const errors = first.documents.flatMap((document) => document.errors);
  if (!errors.some(({ code }) => code === "TAB_AS_INDENT" || code === "BAD_INDENT"))
    return { ...first, original: (offset) => offset };
  const { text: indented, moved } = indentFlowLines(text, first.tokens);
  const second = parse(indented);
  const mended = second.documents.flatMap((document) => document.errors).length === 0;
  if (!mended || moved.size === 0) return { ...first, original: (offset) => offset };
  const is = positionsIn(indented);
  const lines = lineStarts(text);
  return {
    ...second,
    original: (offset) => {
      const { line, column } = is(offset);
      return (lines[line - 1] ?? 0) + Math.max(column - 1 - (moved.get(line - 1) ?? 0), 0);
    },
  };
}

/** Far deeper than any manifest. Beyond it, recursion over a value could overflow the stack. */
const maximumDepth = 100;

/** Checked before the document is composed, which is recursive: a stack overflow inside a regular expression ends the process. */
function isNestedTooDeep(token: CST.Token): boolean {
  let level = [token];
  for (let depth = 0; depth <= maximumDepth; depth++) {
    level = level.flatMap(tokensWithin);
    if (level.length === 0) return false;
  }
  return true;
}

function tokensWithin(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value]).filter((inner) => inner !== undefined && inner !== null);
}

/** Whether a value is not nested too deeply. False for a value that contains itself through an alias. */
export function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= maximumDepth; depth++) {
    level = [
      ...new Set(level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []))),
    ];
    if (level.length === 0) return true;
  }
  return false;
}
