/** C0, DEL and C1 controls, the separators that count as line ends, and the marks that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for.
const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Text of one line in which nothing is hidden: what a terminal would obey, or a reader would not see, is spelt out (`\x1b`, `\u202e`).
 * For names and values that come out of manifests, which may hold anything.
 *
 * @example
 * printable("web\u001b[2J"); // web\x1b[2J, in seven and four visible characters
 */
export function printable(text: string): string {
  return text.replace(hidden, spelt);
}

function spelt(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const code = character.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
}

/** Everything in `hidden` but line ends, tabs, and the escape that begins a colour. */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for.
  /(?!\u001b\[[\d;]*m)[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** What GitHub's runner takes for a command of its own: `::error::…` where a line begins, `##[error]` anywhere. */
const workflowCommand = /^([^\S\n]*):(?=:[a-zA-Z][^\n]*::)/gm;
const olderCommand = /#(?=#\[)/g;

/**
 * Whole output as it may go to a terminal, a file or a workflow's log. Its lines and colours stay; what is left of hidden characters and of
 * commands to GitHub's runner is spelt as `\uXXXX`, which means the same in JSON.
 */
export function safeOutput(text: string): string {
  return text
    .replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(workflowCommand, "$1\\u003a")
    .replace(olderCommand, "\\u0023");
}

/** At most so many characters, with a sign where it was cut; no character of two halves is cut in two. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The same for a file that people open: no colours either. */
export function safeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of.
  return safeOutput(text.replace(/\u001b\[[\d;]*m/g, ""));
}
