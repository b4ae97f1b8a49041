import { type CST, type Document, isMap, isPair, isScalar, type Node, visit } from "yaml";

/** A comment that is addressed to meshfence, and the part of the document that it is about. */
export interface AddressedComment {
  /** The offset of its `#`. */
  offset: number;
  /** The text without `#` and surrounding spaces. */
  text: string;
  /** The part that it is about: the member, item or document that begins on its line or, if the comment has its own line, on the next. */
  range: { start: number; end: number };
}

/** The start of such a comment. */
const address = "meshfence-";

interface Part {
  start: number;
  end: number;
  line: number;
}

/**
 * Finds the comments of a document that are addressed to meshfence.
 *
 * @param tokens The document's tokens.
 * @param lineOf The line of an offset. Lines may be counted from anywhere.
 */
export function addressedComments(
  document: Document.Parsed,
  tokens: readonly CST.Token[],
  text: string,
  lineOf: (offset: number) => number,
): AddressedComment[] {
  if (!text.includes(address)) return [];
  const found = tokens.flatMap((token) => commentsIn(token)).filter(({ content }) => content.startsWith(address));
  if (found.length === 0) return [];
  const parts = partsOf(document, lineOf);
  return found.flatMap(({ offset, content }) => {
    const line = lineOf(offset);
    const isAlone = /^[^\S\n]*$/.test(text.slice(text.lastIndexOf("\n", offset) + 1, offset));
    const behind = parts.map((part) => part.line).filter((at) => (isAlone ? at > line : at === line));
    const first = behind.length === 0 ? undefined : Math.min(...behind);
    // The outermost comes first.
    const range = parts.find((part) => part.line === first) ?? { start: offset, end: offset };
    return [{ offset, text: content, range: { start: range.start, end: range.end } }];
  });
}

/** The document, its members and items, from the outside in. */
function partsOf(document: Document.Parsed, lineOf: (offset: number) => number): Part[] {
  const parts: Part[] = [];
  const add = (start: number, end: number) => parts.push({ start, end, line: lineOf(start) });
  const root = document.contents;
  if (root?.range) add(root.range[0], Math.max(root.range[2], document.range[2]));
  visit(document, {
    Pair(_, { key, value }) {
      const [from, to] = [key as Node | null, value as Node | null];
      if (from?.range) add(from.range[0], to?.range?.[2] ?? from.range[2]);
    },
    Seq(_, { items }) {
      for (const item of items)
        if (!isPair(item) && (isMap(item) || isScalar(item)) && item.range) add(item.range[0], item.range[2]);
    },
  });
  return parts;
}

interface Comment {
  offset: number;
  content: string;
}

/** The comments in a token, which holds those beside it. */
function commentsIn(token: CST.Token): Comment[] {
  if (token.type === "comment") return [{ offset: token.offset, content: token.source.slice(1).trim() }];
  const around = [
    ...("start" in token && Array.isArray(token.start) ? token.start : []),
    ...("props" in token ? token.props : []),
    ...("end" in token && Array.isArray(token.end) ? token.end : []),
  ];
  const items = "items" in token ? token.items : [];
  const inside = items.flatMap(({ start, key, sep, value }) => [
    ...start,
    ...(key ? [key] : []),
    ...(sep ?? []),
    ...(value ? [value] : []),
  ]);
  const value = token.type === "document" && token.value !== undefined ? [token.value] : [];
  return [...around, ...value, ...inside].flatMap((one) => commentsIn(one));
}
