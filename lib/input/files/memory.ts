import { getHeapStatistics } from "node:v8";

/** Bytes of memory for each byte of a document of YAML while it is parsed, of JSON, and of either once it has been read: measured, rounded up. */
const perByte = { yaml: 90, json: 25, read: 30 } as const;

/** Keeps count of the texts that are read, so that one that would end Node, which no one can catch, is refused. */
export class MemoryBudget {
  private used = 0;

  /** @param size In bytes. Default: what Node's heap may have. */
  constructor(private readonly size = getHeapStatistics().heap_size_limit) {}

  /** @throws for a text that there is not enough memory for */
  take(text: string): void {
    const isJson = /^\s*[{[]/.test(text);
    const parsed = isJson ? text.length * perByte.json : longestDocument(text) * perByte.yaml;
    const need = this.used + Math.max(parsed, text.length * perByte.read);
    if (need > this.size) {
      const size = `it is ${inMiB(text.length)} of ${isJson ? "JSON" : "YAML"}`;
      const way = isJson ? "" : ", give it as JSON";
      throw new Error(
        `${size}, for which Node has not enough memory${way}, or allow it more: NODE_OPTIONS=--max-old-space-size=${Math.ceil(need / (1 << 20))}`,
      );
    }
    this.used += text.length * perByte.read;
  }
}

/** In characters. */
function longestDocument(text: string): number {
  let [start, longest] = [0, 0];
  while (start < text.length) {
    const next = text.indexOf("\n---", start);
    const end = next < 0 ? text.length : next + 1;
    longest = Math.max(longest, end - start);
    start = end;
  }
  return longest;
}

const inMiB = (size: number) => `${Math.round(size / (1 << 20))} MiB`;
