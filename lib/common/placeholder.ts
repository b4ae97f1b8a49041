/** The placeholder of a secret value. */
export const SECRET = "[secret]";

const UNKNOWN = "[unknown]";

/** The placeholder of a value that is known only once the resources with these names exist. */
export function unknownUntil(names: readonly string[]): string {
  return names.length === 0 ? UNKNOWN : `[known after ${names.join(", ")}]`;
}

/** Whether a text is a placeholder. */
export function isPlaceholder(text: string): boolean {
  return text === SECRET || text === UNKNOWN || /^\[known after [^\n]+\]$/.test(text);
}

/** The text; undefined for anything else, for an empty text and for a placeholder. */
export function knownText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && !isPlaceholder(value) ? value : undefined;
}
