import { CST } from "yaml";

/** A text whose lines within brackets are indented enough for every parser, and the added indentation by line number, from 0. */
export interface Indented {
  text: string;
  moved: ReadonlyMap<number, number>;
}

/**
 * Indents lines within brackets. Go's parser accepts any indentation there, even tabs, but YAML 1.2 requires some. The indentation has no meaning, so
 * more of it changes nothing.
 *
 * @param tokens The text's tokens, as far as they were recognized.
 */
export function indentFlowLines(text: string, tokens: readonly CST.Token[]): Indented {
  const width = Math.max(...text.split("\n").map((line) => line.length - line.trimStart().length)) + 2;
  const inside = new Set<number>();
  let done = 0;
  for (const start of flowStarts(tokens)) {
    if (start < done) continue;
    const { end, lines } = flowLines(text, start);
    done = end;
    for (const line of lines) inside.add(line);
  }
  const moved = new Map<number, number>();
  let at = 0;
  const lines = text.split("\n").map((line, number) => {
    const begins = at;
    at += line.length + 1;
    if (!inside.has(begins)) return line;
    const rest = line.trimStart();
    moved.set(number, width - (line.length - rest.length));
    return " ".repeat(width) + rest;
  });
  return { text: lines.join("\n"), moved };
}

function flowStarts(tokens: readonly CST.Token[]): number[] {
  const starts: number[] = [];
  for (const token of tokens) {
    if (token.type !== "document") continue;
    CST.visit(token, ({ key, value }) => {
      for (const part of [key, value]) if (part?.type === "flow-collection") starts.push(part.offset);
    });
    if (token.value?.type === "flow-collection") starts.push(token.value.offset);
  }
  return starts.sort((a, b) => a - b);
}

/** The end of the brackets that open at an offset, and the starts of the lines between. */
function flowLines(text: string, start: number): { end: number; lines: number[] } {
  const lines: number[] = [];
  let depth = 0;
  let fresh = true;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\n") lines.push(at + 1);
    if (fresh && (character === '"' || character === "'")) {
      const end = quoteEnd(text, at, character);
      for (let inner = text.indexOf("\n", at); inner >= 0 && inner < end; inner = text.indexOf("\n", inner + 1))
        lines.push(inner + 1);
      at = end;
    } else if (character === "#" && /\s/.test(text[at - 1] ?? " ")) {
      const newline = text.indexOf("\n", at);
      at = newline < 0 ? text.length : newline - 1;
      continue;
    } else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth === 0) return { end: at, lines };
    fresh = /[\s[\]{},:]/.test(character) && character !== "";
  }
  return { end: text.length, lines };
}

function quoteEnd(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (text[at] === quote) {
      if (quote === "'" && text[at + 1] === "'") at += 1;
      else return at;
    }
  }
  return text.length;
}
