/** What stands for a value that is secret. */
export const SECRET = "[secret]";

const UNKNOWN = "[unknown]";

/** What stands for a value that is known only when the resources with these names are there. */
export function unknownUntil(names: readonly string[]): string {
  return names.length === 0 ? UNKNOWN : `[known after ${names.join(", ")}]`;
}

/** Whether a text stands for a value, and is none itself. */
export function isPlaceholder(text: string): boolean {
  return text === SECRET || text === UNKNOWN || /^\[known after [^\n]+\]$/.test(text);
}

/** The text itself: undefined for what is no text, an empty one, or one that only stands for a value. */
export function knownText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && !isPlaceholder(value) ? value : undefined;
}
