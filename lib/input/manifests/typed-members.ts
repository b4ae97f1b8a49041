import type { Path } from "../../common/problem";
import { isRecord } from "./shape";

/** Reports an invalid member of an object. */
export type Faulty = (path: Path, message: string) => void;

/** A mapping. Anything else is reported and becomes an empty one. */
export function record(value: unknown, path: Path, faulty: Faulty): Record<string, unknown> {
  if (isRecord(value)) return value;
  if (value !== undefined && value !== null) faulty(path, "expected a mapping");
  return {};
}

/** A list of mappings. Anything else is reported and left out. */
export function listOf(value: unknown, path: Path, faulty: Faulty): Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    faulty(path, "expected a list");
    return [];
  }
  return value.map((item, index) => {
    if (item === null) faulty([...path, index], "expected a mapping, found null");
    return record(item, [...path, index], faulty);
  });
}

/** A mapping of strings. Other members, which the API server would refuse, are reported and left out. */
export function stringMap(value: unknown, path: Path, faulty: Faulty): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, member] of Object.entries(record(value, path, faulty))) {
    if (typeof member === "string") result[key] = member;
    else faulty([...path, key], `expected text, found ${JSON.stringify(member)}; quote it`);
  }
  return result;
}
