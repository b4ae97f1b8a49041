import { fn, type GoFunction, notEvaluated, variadic } from "./functions";
import { formatted } from "./printf";
import { type GoValue, integerOf, isTrue, printed, TemplateError, TextMap, typeName } from "./values";

/** The predefined functions of Go templates, except `and` and `or`. */
export const builtins: readonly [string, GoFunction][] = [
  ["not", fn(["any"], (value: GoValue) => !isTrue(value))],
  ["eq", variadic(["any"], "any", (first: GoValue, ...others: GoValue[]) => isAnyEqual(first, others))],
  ["ne", fn(["any", "any"], (a: GoValue, b: GoValue) => !isEqual(a, b))],
  ["lt", fn(["any", "any"], (a: GoValue, b: GoValue) => isLess(a, b))],
  ["le", fn(["any", "any"], (a: GoValue, b: GoValue) => isLess(a, b) || isEqual(a, b))],
  ["gt", fn(["any", "any"], (a: GoValue, b: GoValue) => !isLess(a, b) && !isEqual(a, b))],
  ["ge", fn(["any", "any"], (a: GoValue, b: GoValue) => !isLess(a, b))],
  ["len", fn(["any"], lengthOf)],
  ["index", variadic(["any"], "any", (item: GoValue, ...keys: GoValue[]) => keys.reduce<GoValue>(at, item))],
  ["slice", variadic(["any"], "any", sliced)],
  ["print", variadic([], "any", printedTogether)],
  ["println", variadic([], "any", (...values: GoValue[]) => `${values.map(printed).join(" ")}\n`)],
  ["printf", variadic(["string"], "any", (format: string, ...values: GoValue[]) => formatted(format, values))],
  ["urlquery", variadic([], "any", (...values: GoValue[]) => escapedQuery(printedTogether(...values)))],
  ["html", notEvaluated("html")],
  ["js", notEvaluated("js")],
  ["call", notEvaluated("call")],
];

function isAnyEqual(first: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new TemplateError("it calls eq with a single argument");
  return others.some((other) => isEqual(first, other));
}

type Basic = "int" | "float" | "string" | "bool" | "nil";

function basicKind(value: GoValue): Basic {
  if (value === null || value === undefined) return "nil";
  if (integerOf(value) !== undefined) return "int";
  if (typeof value === "number") return "float";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  throw new TemplateError(`it compares ${typeName(value)}, which cannot be compared`);
}

function isEqual(a: GoValue, b: GoValue): boolean {
  const [kind, other] = [basicKind(a), basicKind(b)];
  if (kind === "nil" || other === "nil") return kind === other;
  if (kind !== other) throw new TemplateError(`it compares ${typeName(a)} with ${typeName(b)}`);
  return kind === "int" ? integerOf(a) === integerOf(b) : a === b;
}

function isLess(a: GoValue, b: GoValue): boolean {
  const [kind, other] = [basicKind(a), basicKind(b)];
  if (kind !== other || kind === "nil" || kind === "bool")
    throw new TemplateError(`it compares ${typeName(a)} with ${typeName(b)}`);
  if (kind === "int") return (integerOf(a) ?? 0n) < (integerOf(b) ?? 0n);
  if (kind === "float") return (a as number) < (b as number);
  return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string)) < 0;
}

function lengthOf(value: GoValue): bigint {
  if (typeof value === "string") return BigInt(Buffer.byteLength(value));
  if (Array.isArray(value)) return BigInt(value.length);
  if (value instanceof Map) return BigInt(value.size);
  throw new TemplateError(`it takes the length of ${typeName(value)}`);
}

function at(item: GoValue, key: GoValue): GoValue {
  if (item instanceof Map) {
    if (typeof key !== "string") throw new TemplateError(`it looks up ${printed(key)} in a map`);
    return item.has(key) ? (item.get(key) ?? null) : item instanceof TextMap ? "" : null;
  }
  if (item === null || item === undefined) throw new TemplateError("it indexes a missing value");
  const list = Array.isArray(item) ? item : typeof item === "string" ? [...Buffer.from(item)].map(BigInt) : undefined;
  if (list === undefined) throw new TemplateError(`it indexes ${typeName(item)}`);
  return list[position(key, list.length - 1)];
}

function position(key: GoValue, most: number): number {
  const index = integerOf(key);
  if (index === undefined) throw new TemplateError(`it uses ${typeName(key)} as an index`);
  if (index < 0n || index > most) throw new TemplateError(`it uses item ${index}, which does not exist`);
  return Number(index);
}

function sliced(item: GoValue, ...ends: GoValue[]): GoValue {
  if (ends.length > 2 || !(Array.isArray(item) || typeof item === "string"))
    throw new TemplateError(`it slices ${typeName(item)}`);
  const bytes = typeof item === "string" ? Buffer.from(item) : item;
  const [from = 0, to = bytes.length] = ends.map((end) => position(end, bytes.length));
  if (from > to) throw new TemplateError("it takes a slice that ends before it begins");
  const part = bytes.slice(from, to);
  return Array.isArray(part) ? part : Buffer.from(part).toString("utf8");
}

/** Go's `Sprint`: puts a space between two operands if neither is a string. */
export function printedTogether(...values: GoValue[]): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const isApart = index > 0 && typeof value !== "string" && typeof before !== "string";
      return `${isApart ? " " : ""}${printed(value)}`;
    })
    .join("");
}

const escapedQuery = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
