import { oneLine } from "../common/printable";

/** The few styles of terminal output. Colour never carries information that the text lacks. */
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

const asIs = (text: string) => text;
export const plainStyle: Style = { good: asIs, bad: asIs, warn: asIs, strong: asIs, faint: asIs };

const sgr = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
export const colourStyle: Style = {
  good: sgr(34, 39),
  bad: sgr(31, 39),
  warn: sgr(33, 39),
  strong: sgr(1, 22),
  faint: sgr(2, 22),
};

/**
 * Wraps text at spaces. The first line follows what is already on the line (`used` columns); the others are indented. A word longer
 * than the line stays whole, so that paths and names can be copied. Line breaks, which can only come from a name, are escaped.
 */
export function wrap(
  text: string,
  { width = 80, indent = 0, used = indent }: { width?: number; indent?: number; used?: number } = {},
): string {
  const lines: string[] = [];
  let line = "";
  let room = width - used;
  for (const [index, word] of oneLine(text).split(" ").entries()) {
    const rest = index === 0 ? word.length : line.length + 1 + word.length;
    if (rest > room && (index > 0 || used > indent)) {
      lines.push(line);
      line = word;
      room = width - indent;
    } else line = index === 0 ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.join(`\n${" ".repeat(indent)}`);
}
