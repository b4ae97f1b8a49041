/** Control characters, format characters (such as those that change the text direction or have no width), and the Unicode line separators. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes characters that control a terminal or are invisible (`\x1b`, `\u202e`), so that the text is one line without anything hidden. For names and
 * values from manifests, which may contain anything.
 *
 * @example
 * printable("web\u001b[2J"); // web\x1b[2J, in seven and four visible characters
 */
export function printable(text: string): string {
  return text.replace(hidden, escaped);
}

/** Escapes line ends and nothing else; colours stay. */
export const oneLine = (text: string): string => text.replace(/[\n\r]/g, escaped);

/** {@link printable} for every text in a value, such as a report. */
export function allPrintable<T>(value: T): T {
  if (typeof value === "string") return printable(value) as T;
  if (Array.isArray(value)) return value.map(allPrintable) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, allPrintable(member)])) as T;
}

/** Whether a text contains hidden characters other than line ends and tabs. */
export const isHidden = (text: string): boolean => text.replace(/[\n\t]/g, "").search(hidden) >= 0;

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const code = character.codePointAt(0)?.toString(16) ?? "";
  if (code.length > 4) return `\\u{${code}}`;
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
}

/** `hidden` without line ends, tabs, and the escape that starts a colour. */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for control characters.
  /(?!\u001b\[[\d;]*m)[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** Workflow commands of GitHub's runner: `::error::…` at the start of a line, `##[error]` anywhere. */
const workflowCommand = /^([^\S\n]*):(?=:[a-zA-Z][^\n]*::)/gm;
const olderCommand = /#(?=#\[)/g;

/**
 * Makes output safe for a terminal, a file or a workflow's log. Line ends and colours stay; other hidden characters and workflow commands are escaped as
 * `\uXXXX`, which means the same in JSON.
 */
export function safeOutput(text: string): string {
  return text
    .replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(workflowCommand, "$1\\u003a")
    .replace(olderCommand, "\\u0023");
}

/** Clips a text to this many characters, with an ellipsis at the end. Never splits surrogate pairs. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** {@link clipped}, but keeps the first line, which tells the subject, and the end, where errors are. */
export function clippedInside(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = text.indexOf("\n");
  const head = clipped(end < 0 ? "" : text.slice(0, end), Math.floor(most / 2));
  const tail = text.slice(text.length - Math.max(0, most - head.length - 3));
  return `${head}\n…\n${tail.replace(/^[\udc00-\udfff]/, "")}`;
}

/** {@link safeOutput} for files, without colours. */
export function safeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours start with an escape character.
  return safeOutput(text.replace(/\u001b\[[\d;]*m/g, ""));
}
