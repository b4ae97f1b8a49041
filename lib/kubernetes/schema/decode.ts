import { type Fault, fieldSchema, isRecord, type Path, type Schema } from "./schema";
import { expectedType, hasType } from "./types";

/**
 * What keeps a value from being decoded into the Go type that the schema was made from, which is less than the schema asks: unknown fields mean
 * nothing, null is as good as absent, and no limit counts.
 *
 * @param loose Fields whose types decode more than the schema has, by name.
 */
export function decodeFaults(
  schema: Schema,
  value: unknown,
  path: Path = [],
  loose: ReadonlySet<string> = new Set(),
): Fault[] {
  if (value === null || value === undefined) return [];
  // Where a format is given, the API server lets a list pass for text. Go's decoder does not.
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
