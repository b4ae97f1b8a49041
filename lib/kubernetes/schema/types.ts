import { isCheckedFormat } from "./formats";
import { isRecord, type Schema } from "./schema";

/** Whether a value has the schema's type. */
export function hasType({ type, intOrString, format }: Schema, value: unknown): boolean {
  if (intOrString) return typeof value === "string" || Number.isInteger(value);
  if (type === undefined) return true;
  switch (type) {
    case "object":
      return isRecord(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "string":
      // For text with a format, kube-openapi only checks the format, and a list passes that.
      return typeof value === "string" || (format !== undefined && isCheckedFormat(format) && Array.isArray(value));
  }
}

/** The message for a value of another type: `expected text: quote it, "80"`. */
export function expectedType({ type, intOrString }: Schema, found: unknown): string {
  if (intOrString) return `expected a whole number or text, found ${described(found)}`;
  const isPlain = typeof found === "number" || typeof found === "boolean";
  if (type === "string" && isPlain) return `expected text: quote it, "${String(found)}"`;
  const names = {
    object: "a mapping",
    array: "a list",
    string: "text",
    integer: "a whole number",
    number: "a number",
    boolean: "true or false",
  };
  return `expected ${type === undefined ? "a value" : names[type]}, found ${described(found)}`;
}

/** A value for a message: `a list`, `the number 80`. */
export function described(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "a mapping";
  if (typeof value === "string") return `the text ${quoted(value)}`;
  return typeof value === "boolean" ? String(value) : `the number ${String(value)}`;
}

/** The text in quotes, shortened if it is long. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}
