/** A part of a text that holds at most one document. */
export interface Chunk {
  /** Its offset in the text. */
  start: number;
  text: string;
  /** Its value, if it is JSON. Absent: it is YAML. */
  json?: ParsedJson;
}

interface ParsedJson {
  value: unknown;
  /** What Go reads differently, or refuses. */
  fault?: string;
}

/** Why the rest of a text cannot be read. */
export interface StreamFault {
  offset: number;
  message: string;
}

/** An opening brace makes kubectl try JSON. */
const JSON_START = /^[\t\n\r ]*\{/;
/** Characters that are white space in Go, so that a brace may follow, but neither in JSON nor in YAML. */
const ODD_START = /^[\t\n\r ]*[\v\f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const JSON_SPACE = /[\t\n\r ]*/y;

/**
 * Splits a text like kubectl (`YAMLOrJSONDecoder` of k8s.io/apimachinery): consecutive JSON values as long as it is JSON, otherwise YAML documents
 * between lines that begin with `---`, which only a comment may follow.
 */
export function chunksOf(text: string): { chunks: Chunk[]; fault?: StreamFault } {
  const chunks: Chunk[] = [];
  if (ODD_START.test(text)) {
    return {
      chunks,
      fault: { offset: 0, message: "begins with white space that is neither JSON's nor YAML's; remove it" },
    };
  }
  let done = 0;
  if (JSON_START.test(text)) {
    for (;;) {
      JSON_SPACE.lastIndex = done;
      const at = done + (JSON_SPACE.exec(text)?.[0].length ?? 0);
      if (at >= text.length) return { chunks };
      const end = jsonEnd(text, at);
      const json = parsed(text.slice(at, end));
      if ("message" in json) {
        // After two values, kubectl is sure that it is JSON.
        if (chunks.length > 1) return { chunks, fault: { offset: at, message: `is not JSON: ${json.message}` } };
        break;
      }
      chunks.push({ start: at, text: text.slice(at, end), json });
      done = end;
    }
  }
  // If nothing else is on this line, the rest begins on the next.
  const rest = done === 0 ? 0 : done + (/^[^\S\n]*\n/.exec(text.slice(done, done + 4096))?.[0].length ?? 0);
  return yamlChunks(text, rest, chunks);
}

function parsed(text: string): ParsedJson | { message: string } {
  try {
    const value = JSON.parse(text) as unknown;
    const fault = mayBeOdd.test(text) ? oddIn(value) : undefined;
    return { value, ...(fault !== undefined && { fault }) };
  } catch (error) {
    // Without what the message quotes from the text, which may be a secret instead of a manifest.
    return { message: (error as Error).message.replace(/, (\.\.\.)?".*$/s, "") };
  }
}

const mayBeOdd = /\\u[dD][89a-fA-F]|[eE]\+?\d{3}|\d{300}/;
const halfOfPair = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** What JavaScript accepts and Go does not: unlimited numbers, and lone surrogates. */
function oddIn(json: unknown): string | undefined {
  const waiting = [json];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === "number" && !Number.isFinite(value))
      return "has a number that is too large for kubectl, which refuses it";
    if (typeof value === "string" && halfOfPair.test(value))
      return "has half of a surrogate pair, which kubectl replaces; write the character itself";
    if (typeof value === "object" && value !== null)
      for (const [key, member] of Object.entries(value)) waiting.push(key, member);
  }
  return undefined;
}

/** The end of the JSON value at an offset, if there is one. */
function jsonEnd(text: string, start: number): number {
  const scalar = /[^\t\n\r ,:{}[\]"]+/y;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at);
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    else if (depth === 0) {
      scalar.lastIndex = at;
      return at + Math.max(scalar.exec(text)?.[0].length ?? 0, 1);
    }
    if (depth <= 0) return at + 1;
  }
  return text.length;
}

/** The offset of a string's closing quote. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function yamlChunks(text: string, from: number, chunks: Chunk[]): { chunks: Chunk[]; fault?: StreamFault } {
  let start = from;
  const add = (end: number) => {
    if (end > start) chunks.push({ start, text: text.slice(start, end) });
  };
  for (let line = from; line < text.length; ) {
    const newline = text.indexOf("\n", line);
    const next = newline < 0 ? text.length : newline + 1;
    if (text.startsWith("---", line)) {
      add(line);
      const rest = text.slice(line + 3, next).replace(/\r?\n$/, "");
      if (!/^([\t ]+(#.*)?)?$/.test(rest)) {
        const message = `has ${JSON.stringify(rest.slice(0, 40))} behind \`---\`, where kubectl takes nothing but a comment; what follows is not read`;
        return { chunks, fault: { offset: line, message } };
      }
      start = next;
    }
    line = next;
  }
  add(text.length);
  return { chunks };
}
