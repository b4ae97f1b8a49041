import type { CST } from "yaml";

/**
 * The offset of a tab in the indentation of a block line, including after its `-`, `?` or `:`, in blank lines and before comments. go-yaml refuses it
 * unless text, quotes or brackets continue in that line.
 */
export function tabBeforeBlock(text: string, tokens: readonly CST.Token[]): number | undefined {
  if (!text.includes("\t")) return undefined;
  const opaque = tokens.flatMap(opaqueRanges).sort(([a], [b]) => a - b);
  let next = 0;
  for (const match of text.matchAll(/^ *(?:[-?:](?: +|(?=\t)))*\t/gm)) {
    const at = match.index + match[0].length - 1;
    while ((opaque[next]?.[1] ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    if ((opaque[next]?.[0] ?? Number.POSITIVE_INFINITY) > at) return at;
  }
  return undefined;
}

type Range = [start: number, end: number];

function opaqueRanges(root: CST.Token): Range[] {
  const ranges: Range[] = [];
  const waiting: CST.Token[] = [root];
  for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
    switch (token.type) {
      case "document":
        if (token.value !== undefined) waiting.push(token.value);
        break;
      case "block-map":
      case "block-seq":
        for (const { key, value } of token.items)
          for (const part of [key, value]) if (part !== undefined && part !== null) waiting.push(part);
        break;
      case "flow-collection":
        ranges.push([token.offset, endOf(token.end) ?? token.offset]);
        break;
      case "block-scalar":
        ranges.push([token.offset, token.offset + lengthOf(token.props) + token.source.length]);
        break;
      case "single-quoted-scalar":
      case "double-quoted-scalar":
      case "scalar":
        ranges.push([token.offset, token.offset + token.source.length]);
        break;
    }
  }
  return ranges;
}

function endOf(tokens: readonly CST.SourceToken[]): number | undefined {
  const last = tokens.find(({ type }) => type === "flow-map-end" || type === "flow-seq-end");
  return last && last.offset + last.source.length;
}

const lengthOf = (tokens: readonly CST.Token[]) =>
  tokens.reduce((sum, token) => sum + ("source" in token ? token.source.length : 0), 0);
