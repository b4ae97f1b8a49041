import { CST } from "yaml";
import type { ValueFault } from "./value";

/** The greatest distance between the start of a key and its colon, in characters. */
const LONGEST = 1024;

/**
 * Finds keys that go-yaml does not accept. With its anchor, tag and spaces, a key must be on the line of its colon and have at most 1,024 characters,
 * unless a question mark introduces it. Then, outside brackets, the colon must be below the question mark.
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
    return isUnder ? undefined : { offset: colon.offset, message: "is a colon that is not below its `?`" };
  }
  // Outside brackets, an anchor or tag on an earlier line belongs to the mapping.
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
