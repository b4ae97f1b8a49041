import { getHeapStatistics } from "node:v8";

/** Bytes of memory per byte of text: for YAML while it is parsed, for JSON, and for either once it is read. Measured, and rounded up. */
const perByte = { yaml: 90, json: 25, read: 30 } as const;
/** Bytes of memory per item, member and line, which matter if they are short: `[1,1,1]`. */
const perItem = { yaml: 1200, json: 150 } as const;

/** Tracks the memory for the texts that are read, and refuses a text for which Node would run out of it. That cannot be caught. */
export class MemoryBudget {
  private used = 0;

  /** @param size In bytes. Default: the limit of Node's heap. */
  constructor(private readonly size = getHeapStatistics().heap_size_limit) {}

  /** @throws Error if there is not enough memory for a text */
  take(text: string): void {
    const read = text.length * perByte.read;
    const totalWith = (parsed: number) => this.used + Math.max(parsed, read);
    const asYaml = totalWith(needOf(longestDocument(text), "yaml"));
    const asJson = totalWith(needOf(text, "json"));
    // If the text fits even as YAML, its format does not matter.
    const isJson = asYaml > this.size && /^\s*\{/.test(text) && (asJson > this.size || isWholeJson(text));
    const need = isJson ? asJson : asYaml;
    if (need > this.size) {
      const what = `it is ${inMiB(text.length)} of ${isJson ? "JSON" : "YAML"}`;
      const way = isJson ? "" : ", give it as JSON";
      throw new Error(
        `${what}, for which Node has not enough memory${way}, or allow it more: NODE_OPTIONS=--max-old-space-size=${Math.ceil(need / (1 << 20))}`,
      );
    }
    this.used += read;
  }
}

function needOf(text: string, kind: "yaml" | "json"): number {
  const bytes = text.length * perByte[kind];
  // Small texts are not counted.
  return text.length < 1 << 16 ? bytes : Math.max(bytes, itemsIn(text) * perItem[kind]);
}

/** An upper bound for the number of items, members and lines. */
function itemsIn(text: string): number {
  let items = 0;
  for (let at = 0; at < text.length; at++) if (separators.has(text.charCodeAt(at))) items += 1;
  return items;
}

const separators: ReadonlySet<number> = new Set([..."\n,:[{"].map((one) => one.charCodeAt(0)));

/** Whether a text is JSON. One that only begins like JSON is read as YAML in the end. */
function isWholeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function longestDocument(text: string): string {
  let start = 0;
  let longest = "";
  while (start < text.length) {
    const next = text.indexOf("\n---", start);
    const end = next < 0 ? text.length : next + 1;
    if (end - start > longest.length) longest = text.slice(start, end);
    start = end;
  }
  return longest;
}

const inMiB = (size: number) => `${Math.round(size / (1 << 20))} MiB`;
