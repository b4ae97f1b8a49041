import { nearestWord } from "../../common/did-you-mean";
import { type Fault, fieldSchema, isRecord, type Json, type Path, type Schema } from "./schema";

/** @param known The fields that exist, for a suggestion. */
export function unknownField(path: Path, known: readonly string[]): Fault {
  const nearest = nearestWord(String(path.at(-1)), known);
  const message = "there is no such field";
  return { path, code: "unknown-field", message, ...(nearest !== undefined && { fix: `did you mean "${nearest}"?` }) };
}

/** The fields that every object has, even if its schema does not name them. */
const metaFields: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** Fields that the schema does not have. kubectl asks the API server to refuse them; otherwise it drops them. */
export function unknownFields(schema: Schema, object: Readonly<Record<string, unknown>>): Fault[] {
  const faults: Fault[] = [];
  const walk = (value: unknown, at: Schema | undefined, path: Path): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, at?.items, [...path, index]);
    } else if (isRecord(value)) {
      for (const [key, member] of Object.entries(value)) {
        if (path.length === 0 && metaFields.has(key)) continue;
        const field = fieldSchema(at, key);
        if (field !== undefined) walk(member, field, [...path, key]);
        else if (at?.preserveUnknownFields !== true) {
          faults.push(unknownField([...path, key], Object.keys(at?.properties ?? {})));
        }
      }
    }
  };
  walk(object, schema, []);
  return faults;
}

/**
 * Drops nulls as a create of a custom resource does: those of fields that are not nullable and have no default. Null list items and unknown fields
 * stay.
 */
export function withoutNulls(schema: Schema | undefined, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(schema?.items, item));
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const field = fieldSchema(schema, key);
    const dropped = member === null && field !== undefined && field.nullable !== true && field.default === undefined;
    return dropped ? [] : [[key, withoutNulls(field, member)]];
  });
  return fromEntries(kept);
}

/** Fills in the schema's defaults for fields that are absent, or null without being nullable. */
export function withDefaults(schema: Schema | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  if (Array.isArray(value)) {
    return value.map((item) => withDefaults(schema.items, orDefault(schema.items, item)));
  }
  if (!isRecord(value)) return value;
  const missing = Object.entries(schema.properties ?? {}).flatMap(([key, field]): [string, unknown][] =>
    field.default !== undefined && !Object.hasOwn(value, key) ? [[key, field.default]] : [],
  );
  const filled = [...Object.entries(value), ...missing].map(([key, member]): [string, unknown] => {
    const field = fieldSchema(schema, key);
    return [key, withDefaults(field, orDefault(field, member))];
  });
  return fromEntries(filled);
}

function orDefault(schema: Schema | undefined, value: unknown): unknown {
  const replaced = value === null && schema?.default !== undefined && schema.nullable !== true;
  return replaced ? (schema.default as Json) : value;
}

/** Unlike assignments, `Object.fromEntries` treats `__proto__` as an ordinary key. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}
