/** Strings, comments, and trailing commas. Configuration files of editors have the last two besides JSON. */
const PARTS = /"(?:[^"\\]|\\[\s\S])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=\s*[\]}])/g;

/** Parses JSON with comments and trailing commas. Undefined for any other text. */
export function jsonWithComments(text: string): { value: unknown } | undefined {
  const bare = text
    .replace(PARTS, (part) => (part.startsWith('"') || part === "," ? part : " "))
    .replace(PARTS, (part) => (part === "," ? " " : part));
  try {
    return { value: JSON.parse(bare) as unknown };
  } catch {
    return undefined;
  }
}
