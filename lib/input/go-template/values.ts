/**
 * A value in a Go template. A missing key is undefined, and Go's nil is null. Go distinguishes int, which is a bigint here, and float64, which is a
 * number.
 */
export type GoValue = undefined | null | boolean | string | number | bigint | Int64 | GoList | GoMap;
export type GoList = GoValue[];
export type GoMap = Map<string, GoValue>;

/** The int64 that sprig's arithmetic returns. A function with an int parameter refuses it. */
export class Int64 {
  constructor(readonly value: bigint) {}
}

/** A `map[string]string`, such as labels. A function with a `map[string]any` parameter refuses it. */
export class TextMap extends Map<string, GoValue> {}

/** A template cannot be parsed or evaluated, in Go either. */
export class TemplateError extends Error {
  override readonly name: string = "TemplateError";
}

/** A template uses something that Go evaluates, but this evaluator does not. */
export class NotEvaluated extends TemplateError {
  override readonly name = "NotEvaluated";
}

/** Converts a JSON or YAML value. Its numbers are float64. */
export function fromJson(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(fromJson);
  if (value instanceof Map) return value as GoMap;
  if (typeof value === "object" && value !== null) {
    return new Map(Object.entries(value).map(([key, member]) => [key, fromJson(member)]));
  }
  return value as GoValue;
}

/** Converts a value back to plain JSON. */
export function toPlain(value: GoValue): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) {
    // Defined, not assigned, so that a key such as `__proto__` is an ordinary member.
    return Object.fromEntries([...value].map(([key, member]) => [key, toPlain(member)]));
  }
  const whole = integerOf(value);
  return whole === undefined ? (value ?? null) : Number(whole);
}

export const integerOf = (value: GoValue): bigint | undefined =>
  typeof value === "bigint" ? value : value instanceof Int64 ? value.value : undefined;

/** The keys of a map in the order in which Go iterates and prints them. */
export const sortedKeys = (map: GoMap): string[] => [...map.keys()].sort(compareTexts);

/** Compares strings by their bytes, as Go does. */
export const compareTexts = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Whether a value is true to `if`. sprig calls any other value empty. */
export function isTrue(value: GoValue): boolean {
  if (typeof value === "string" || Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  const whole = integerOf(value);
  return whole === undefined ? Boolean(value) : whole !== 0n;
}

/** Formats a value like `%v`. */
export function printed(value: GoValue): string {
  if (value === undefined || value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(printed).join(" ")}]`;
  if (value instanceof Map)
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${printed(value.get(key))}`)
      .join(" ")}]`;
  if (typeof value === "number") return printedFloat(value);
  return String(integerOf(value) ?? value);
}

/** Formats a float64 like Go: below 1e-4 and from a million on with an exponent, which has at least two digits. */
function printedFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  const sign = Object.is(value, -0) ? "-" : "";
  if (Number(exponent) >= -4 && Number(exponent) < 6) return sign + String(value);
  return `${sign}${digits}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`;
}

/** The name of a value's type in Go. */
export function typeName(value: GoValue): string {
  if (value === undefined || value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (value instanceof TextMap) return "map[string]string";
  if (value instanceof Map) return "map[string]interface {}";
  if (value instanceof Int64) return "int64";
  return { bigint: "int", number: "float64", boolean: "bool", string: "string" }[typeof value as "string"];
}

/** Go's `reflect.DeepEqual`. */
export function deepEqual(a: GoValue, b: GoValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => deepEqual(item, b[index]));
  }
  if (a instanceof Map && b instanceof Map) {
    if (a.size !== b.size || a instanceof TextMap !== b instanceof TextMap) return false;
    return [...a].every(([key, member]) => b.has(key) && deepEqual(member, b.get(key)));
  }
  if (a instanceof Int64 && b instanceof Int64) return a.value === b.value;
  return (a ?? null) === (b ?? null);
}

/** Copies deeply, so that a template cannot change the original. */
export function copied(value: GoValue): GoValue {
  if (Array.isArray(value)) return value.map(copied);
  if (value instanceof TextMap) return new TextMap(value);
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [key, copied(member)]));
  return value;
}
