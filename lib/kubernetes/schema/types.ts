import { isCheckedFormat } from "./formats";
import { isRecord, type Schema } from "./schema";

/** Whether a value is of the type that the schema gives it. */
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
      // Where a format is given, kube-openapi lets a list pass for text: its format alone is looked at, and a list has none.
      return typeof value === "string" || (format !== undefined && isCheckedFormat(format) && Array.isArray(value));
  }
}

/** `expected text: quote it, "80"`, of a value that has another type. */
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

/** What a value is, for a message. */
export function described(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "a mapping";
  if (typeof value === "string") return `the text ${quoted(value)}`;
  return typeof value === "boolean" ? String(value) : `the number ${String(value)}`;
}

/** Quoted, and shortened where it is long. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}
