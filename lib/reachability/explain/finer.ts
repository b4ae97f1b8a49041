import { isDeepStrictEqual } from "node:util";
import type { Path } from "../../common/problem";

/** The smallest edit with the same effect, if all that changes is one item of one list within the rule. Undefined otherwise. */
export function finerEdit(item: unknown, values: readonly unknown[]): { path: Path; values: unknown[] } | undefined {
  const [value] = values;
  if (values.length !== 1 || !isMembers(item) || !isMembers(value)) return undefined;
  const keys = [...new Set([...Object.keys(item), ...Object.keys(value)])];
  const changed = keys.filter((key) => !isDeepStrictEqual(item[key], value[key]));
  const [key = ""] = changed;
  const [before, after] = [item[key], value[key]];
  if (changed.length !== 1 || !Array.isArray(before) || !Array.isArray(after)) return undefined;
  let same = 0;
  while (same < after.length && isDeepStrictEqual(before[same], after[same])) same++;
  const middle = after.length - (before.length - 1);
  const isOne = isDeepStrictEqual(before.slice(same + 1), after.slice(after.length - (before.length - same - 1)));
  if (!isOne || middle < 0 || before.length === same) return undefined;
  const replaced: unknown[] = after.slice(same, after.length - (before.length - same - 1));
  const inner = finerEdit(before[same], replaced);
  return inner === undefined
    ? { path: [key, same], values: replaced }
    : { path: [key, same, ...inner.path], values: inner.values };
}

const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
