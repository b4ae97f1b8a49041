import { type Fault, fieldSchema, isRecord, type Path, type Schema } from "./schema";

/** Duplicate items in lists whose items must be unique: as a whole (`set`), or by their keys (`map`). */
export function duplicates(schema: Schema | undefined, value: unknown, path: Path = []): Fault[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    return [
      ...repeated(schema, value, path),
      ...value.flatMap((item, index) => duplicates(schema.items, item, [...path, index])),
    ];
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => duplicates(fieldSchema(schema, key), member, [...path, key]));
}

function repeated({ listType, listMapKeys = [] }: Schema, items: readonly unknown[], path: Path): Fault[] {
  if (listType === undefined) return [];
  const seen = new Set<string>();
  const reported = new Set<string>();
  return items.flatMap((item, index): Fault[] => {
    const key = listType === "map" ? listMapKeys.map((name) => (isRecord(item) ? item[name] : undefined)) : item;
    const text = canonical(key);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    if (reported.has(text)) return [];
    reported.add(text);
    const message =
      listType === "map"
        ? `another item has the same ${listMapKeys.map((name) => `\`${name}\``).join(" and ")}`
        : "another item is the same";
    return [{ path: [...path, index], code: "duplicate", message }];
  });
}

/** A text that is equal for equal values; the order of fields does not matter. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => (item === undefined ? "-" : canonical(item))).join(",")}]`;
  if (isRecord(value)) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "undefined";
}
