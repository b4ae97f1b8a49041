/** Strings, comments, and commas before a closing bracket, which are what editors' configuration files have beside JSON. */
const PARTS = /"(?:[^"\\]|\\[\s\S])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=\s*[\]}])/g;

/** The value of JSON with comments and commas at the end; undefined for what is no such text. */
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
