/** A part of a text that holds at most one document. */
export interface Chunk {
  /** Where it begins in the text. */
  start: number;
  text: string;
  /** What is in it, where it is JSON. Absent: it is YAML. */
  json?: { value: unknown };
}

/** What keeps the rest of a text from being read. */
export interface StreamFault {
  offset: number;
  message: string;
}

/** A brace makes kubectl try JSON. */
const JSON_START = /^[\t\n\r ]*\{/;
/** White space to Go, which lets a brace behind it count, and neither to JSON nor to YAML. */
const ODD_START = /^[\t\n\r ]*[\v\f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const JSON_SPACE = /[\t\n\r ]*/y;

/**
 * Takes a text apart as kubectl does (`YAMLOrJSONDecoder` of k8s.io/apimachinery): JSON values one behind the other as long as it is JSON, else documents
 * of YAML between lines that begin with `---`, behind which nothing but a comment may stand.
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
        // After two values kubectl knows that it is JSON.
        if (chunks.length > 1) return { chunks, fault: { offset: at, message: `is not JSON: ${json.message}` } };
        break;
      }
      chunks.push({ start: at, text: text.slice(at, end), json });
      done = end;
    }
  }
  // What follows begins on the next line, where there is nothing more on this one.
  const rest = done === 0 ? 0 : done + (/^[^\S\n]*\n/.exec(text.slice(done, done + 4096))?.[0].length ?? 0);
  return yamlChunks(text, rest, chunks);
}

function parsed(text: string): { value: unknown } | { message: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { message: (error as Error).message };
  }
}

/** Where the JSON value that begins at a place ends, if it is one. */
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

/** Where the last quote of a string is. */
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
