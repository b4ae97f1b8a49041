import { CST } from "yaml";
import type { ValueFault } from "./value";

/** How many characters may stand between where a key begins and its colon. */
const LONGEST = 1024;

/**
 * Keys that go-yaml does not take for keys, because they begin too far before their colon. With its anchor, its tag and blanks, a key has to be on its
 * colon's line and at most 1,024 characters long, unless a question mark announces it: then, outside brackets, the colon has to stand under that.
 */
export function keyFaults(text: string, tokens: readonly CST.Token[]): ValueFault[] {
  const faults: ValueFault[] = [];
  const waiting = tokens.flatMap((token) => (token.type === "document" && token.value ? [token.value] : []));
  for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
    if (!CST.isCollection(token)) continue;
    for (const item of token.items) {
      const fault = faultOf(text, item, token.type === "flow-collection");
      if (fault !== undefined)
        faults.push({ ...fault, code: "form", message: `${fault.message}, which kubectl refuses` });
      for (const part of [item.key, item.value]) if (part) waiting.push(part);
    }
  }
  return faults.sort((a, b) => a.offset - b.offset);
}

function faultOf(
  text: string,
  { start, key, sep }: CST.CollectionItem,
  inFlow: boolean,
): Pick<ValueFault, "offset" | "message"> | undefined {
  const colon = sep?.find(({ type }) => type === "map-value-ind");
  if (colon === undefined) return undefined;
  const mark = start.find(({ type }) => type === "explicit-key-ind");
  if (mark !== undefined) {
    const isUnder = inFlow || columnOf(text, mark.offset) === columnOf(text, colon.offset);
    return isUnder ? undefined : { offset: colon.offset, message: "is a colon that does not stand under its `?`" };
  }
  // Outside brackets, what stands on a line before the key is the mapping's.
  const own = inFlow ? start : start.slice(start.map(({ type }) => type).lastIndexOf("newline") + 1);
  const offset = own.find(({ type }) => type === "anchor" || type === "tag")?.offset ?? key?.offset;
  if (offset === undefined) return undefined;
  const written = text.slice(offset, colon.offset);
  const where = inFlow ? " within brackets" : "";
  if (/[\r\n]/.test(written)) return { offset, message: `is a key of more than one line${where}` };
  const isLong = written.length > LONGEST && [...written].length > LONGEST;
  return isLong ? { offset, message: `is a key of more than 1,024 characters${where}` } : undefined;
}

const columnOf = (text: string, offset: number) => offset - text.lastIndexOf("\n", offset - 1);
