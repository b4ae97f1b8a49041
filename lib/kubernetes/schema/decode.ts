import { type Fault, fieldSchema, isRecord, type Path, type Schema } from "./schema";
import { expectedType, hasType } from "./types";

/**
 * Why a value cannot be decoded into the Go type that the schema was generated from. That is less strict than the schema: unknown fields are ignored,
 * null counts as absent, and limits are not checked.
 *
 * @param loose Names of fields whose Go types accept more than the schema.
 */
export function decodeFaults(
  schema: Schema,
  value: unknown,
  path: Path = [],
  loose: ReadonlySet<string> = new Set(),
): Fault[] {
  if (value === null || value === undefined) return [];
  // For text with a format, the API server also accepts a list, but Go's decoder does not.
  const isListForText = schema.type === "string" && Array.isArray(value);
  if (isListForText || !hasType(schema, value))
    return [{ path, code: "malformed", message: expectedType(schema, value) }];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? []
      : value.flatMap((item, index) => decodeFaults(items, item, [...path, index], loose));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const field = fieldSchema(schema, key);
    return field === undefined || loose.has(key) ? [] : decodeFaults(field, member, [...path, key], loose);
  });
}
