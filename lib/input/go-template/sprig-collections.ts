import { fn, type GoFunction, type Parameter, variadic } from "./functions";
import { listOf } from "./sprig-texts";
import {
  copied,
  deepEqual,
  type GoList,
  type GoMap,
  type GoValue,
  integerOf,
  isTrue,
  sortedKeys,
  TemplateError,
  typeName,
} from "./values";

const list = (
  name: string,
  parameters: readonly Parameter[],
  run: (list: GoList, ...args: GoValue[]) => GoValue,
): [string, GoFunction] => [
  name,
  fn(["any", ...parameters], (value: GoValue, ...args: GoValue[]) => run(listOf(value, name), ...args)),
];

/** Adds each function under its `must…` name, too. In a template, both report errors. */
const alsoMust = (functions: readonly [string, GoFunction][]): [string, GoFunction][] =>
  functions.flatMap(([name, one]) => [
    [name, one],
    [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, one],
  ]);

/** sprig's functions for lists, maps and defaults. */
export const collections: readonly [string, GoFunction][] = [
  ["list", variadic([], "any", (...items: GoValue[]) => items)],
  ["tuple", variadic([], "any", (...items: GoValue[]) => items)],
  ...alsoMust([
    list("append", ["any"], (items, more) => [...items, more]),
    list("push", ["any"], (items, more) => [...items, more]),
    list("prepend", ["any"], (items, more) => [more, ...items]),
    list("first", [], (items) => items[0] ?? null),
    list("last", [], (items) => items.at(-1) ?? null),
    list("rest", [], (items) => items.slice(1)),
    list("initial", [], (items) => items.slice(0, -1)),
    list("reverse", [], (items) => [...items].reverse()),
    list("compact", [], (items) => items.filter(isTrue)),
    list("uniq", [], (items) =>
      items.filter((item, index) => items.findIndex((one) => deepEqual(one, item)) === index),
    ),
    ["without", variadic(["any"], "any", without)],
    ["has", fn(["any", "any"], has)],
    ["slice", variadic(["any"], "any", sliced)],
    ["chunk", fn(["int", "any"], chunked)],
    ["merge", variadic(["map"], "map", (target: GoMap, ...others: GoMap[]) => merged(target, others, false))],
    ["mergeOverwrite", variadic(["map"], "map", (target: GoMap, ...others: GoMap[]) => merged(target, others, true))],
    ["deepCopy", fn(["any"], copied)],
  ]),
  ["concat", variadic([], "any", (...lists: GoValue[]) => lists.flatMap((one) => listOf(one, "concat")))],
  ["dict", variadic([], "any", dictionary)],
  ["get", fn(["map", "string"], (map: GoMap | null, key: string) => (map?.has(key) ? (map.get(key) ?? null) : ""))],
  [
    "set",
    fn(["map", "string", "any"], (map: GoMap | null, key: string, value: GoValue) => present(map).set(key, value)),
  ],
  ["unset", fn(["map", "string"], unset)],
  ["hasKey", fn(["map", "string"], (map: GoMap | null, key: string) => map?.has(key) ?? false)],
  ["keys", variadic([], "map", (...maps: GoMap[]) => ordered(maps.flatMap((map) => sortedKeys(map ?? new Map()))))],
  ["values", fn(["map"], (map: GoMap | null) => ordered(sortedKeys(map ?? new Map()).map((key) => map?.get(key))))],
  [
    "pick",
    variadic(
      ["map"],
      "string",
      (map: GoMap | null, ...keys: string[]) => new Map([...(map ?? [])].filter(([key]) => keys.includes(key))),
    ),
  ],
  [
    "omit",
    variadic(
      ["map"],
      "string",
      (map: GoMap | null, ...keys: string[]) => new Map([...(map ?? [])].filter(([key]) => !keys.includes(key))),
    ),
  ],
  [
    "pluck",
    variadic(["string"], "map", (key: string, ...maps: GoMap[]) =>
      maps.filter((map) => map?.has(key)).map((map) => map.get(key)),
    ),
  ],
  ["dig", variadic(["any", "any", "any"], "any", dug)],
  [
    "default",
    variadic(["any"], "any", (otherwise: GoValue, ...given: GoValue[]) => (isTrue(given[0]) ? given[0] : otherwise)),
  ],
  ["empty", fn(["any"], (value: GoValue) => !isTrue(value))],
  ["coalesce", variadic([], "any", (...values: GoValue[]) => values.find(isTrue) ?? null)],
  ["all", variadic([], "any", (...values: GoValue[]) => values.every(isTrue))],
  ["any", variadic([], "any", (...values: GoValue[]) => values.some(isTrue))],
  ["ternary", fn(["any", "any", "bool"], (yes: GoValue, no: GoValue, which: boolean) => (which ? yes : no))],
  ["deepEqual", fn(["any", "any"], deepEqual)],
  ["kindOf", fn(["any"], kindOf)],
  ["kindIs", fn(["string", "any"], (kind: string, value: GoValue) => kindOf(value) === kind)],
];

const present = (map: GoMap | null): GoMap => {
  if (map === null) throw new TemplateError("it sets a key of a nil map");
  return map;
};

function unset(map: GoMap | null, key: string): GoValue {
  map?.delete(key);
  return map;
}

/** Items whose order is random in Go, so that templates which depend on it sort them. */
const ordered = (items: GoValue[]): GoValue[] => items;

function without(value: GoValue, ...omitted: GoValue[]): GoValue {
  return listOf(value, "without").filter((item) => !omitted.some((one) => deepEqual(one, item)));
}

function has(item: GoValue, value: GoValue): boolean {
  if (value === null) return false;
  return listOf(value, "has").some((one) => deepEqual(one, item));
}

function sliced(value: GoValue, ...ends: GoValue[]): GoValue {
  const items = listOf(value, "slice");
  if (items.length === 0) return null;
  const [from = 0, to = items.length] = ends.map((end) => Number(integerOf(end) ?? end));
  if (!(from >= 0 && from <= to && to <= items.length)) throw new TemplateError("it takes a slice beyond the end");
  return items.slice(from, to);
}

function chunked(size: bigint, value: GoValue): GoValue {
  const items = listOf(value, "chunk");
  if (size <= 0n) throw new TemplateError("it splits a list into chunks of size zero");
  const width = Number(size);
  return Array.from({ length: Math.ceil(items.length / width) }, (_, index) =>
    items.slice(index * width, (index + 1) * width),
  );
}

function dictionary(...items: GoValue[]): GoMap {
  const map: GoMap = new Map();
  for (let index = 0; index < items.length; index += 2) {
    const key = items[index];
    map.set(
      typeof key === "string" ? key : String(integerOf(key) ?? key),
      index + 1 < items.length ? items[index + 1] : "",
    );
  }
  return map;
}

/** Merges like mergo: maps recursively. For other values the first one stays, or, if it overwrites, the last one. */
function merged(target: GoMap | null, others: readonly (GoMap | null)[], overwrites: boolean): GoMap {
  const result = present(target);
  for (const other of others) {
    for (const [key, value] of other ?? []) {
      const before = result.get(key);
      if (before instanceof Map && value instanceof Map) merged(before, [value], overwrites);
      else if (!result.has(key) || overwrites || !isTrue(before)) result.set(key, value);
    }
  }
  return result;
}

function dug(...args: GoValue[]): GoValue {
  const [value, otherwise, ...reversed] = [...args].reverse();
  let at = value;
  for (const key of reversed.reverse()) {
    if (!(at instanceof Map) || at.constructor !== Map || typeof key !== "string")
      throw new TemplateError(`it digs in ${typeName(at)}`);
    if (!at.has(key)) return otherwise;
    at = at.get(key);
  }
  return at;
}

function kindOf(value: GoValue): string {
  if (value === null || value === undefined) return "invalid";
  if (Array.isArray(value)) return "slice";
  return value instanceof Map ? "map" : typeName(value);
}
