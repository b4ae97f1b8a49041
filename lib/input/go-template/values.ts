/**
 * What a template of Go handles. Absent (undefined) is what a key that is not there gives; null is Go's nil. An int is a bigint, a float64 a
 * number: Go tells them apart.
 */
export type GoValue = undefined | null | boolean | string | number | bigint | Int64 | GoList | GoMap;
export type GoList = GoValue[];
export type GoMap = Map<string, GoValue>;

/** What sprig's arithmetic gives: a function that takes an int refuses it. */
export class Int64 {
  constructor(readonly value: bigint) {}
}

/** A map of texts alone (`map[string]string`), as labels are: a function that takes a map of anything refuses it. */
export class TextMap extends Map<string, GoValue> {}

/** A template cannot be parsed or evaluated: Go says so, too. */
export class TemplateError extends Error {
  override readonly name: string = "TemplateError";
}

/** A template asks for what is not evaluated here, although Go does. */
export class NotEvaluated extends TemplateError {
  override readonly name = "NotEvaluated";
}

/** Of what a JSON or YAML document says. Its numbers are float64. */
export function fromJson(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(fromJson);
  if (value instanceof Map) return value as GoMap;
  if (typeof value === "object" && value !== null) {
    return new Map(Object.entries(value).map(([key, member]) => [key, fromJson(member)]));
  }
  return value as GoValue;
}

/** What YAML or JSON would make of a value. */
export function toPlain(value: GoValue): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) {
    // Whatever a key is called, it is a member of its own.
    return Object.fromEntries([...value].map(([key, member]) => [key, toPlain(member)]));
  }
  const whole = integerOf(value);
  return whole === undefined ? (value ?? null) : Number(whole);
}

export const integerOf = (value: GoValue): bigint | undefined =>
  typeof value === "bigint" ? value : value instanceof Int64 ? value.value : undefined;

/** The keys of a map, as Go walks through them in a template and as it prints them. */
export const sortedKeys = (map: GoMap): string[] => [...map.keys()].sort(compareTexts);

/** By their bytes, as Go compares texts. */
export const compareTexts = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Whether `if` takes a value for true. sprig calls what is not so empty. */
export function isTrue(value: GoValue): boolean {
  if (typeof value === "string" || Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  const whole = integerOf(value);
  return whole === undefined ? Boolean(value) : whole !== 0n;
}

/** As `%v` prints it. */
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

/** A float64 as Go prints it: from a million on, and below 1e-4, with an exponent of two digits at least. */
function printedFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  const sign = Object.is(value, -0) ? "-" : "";
  if (Number(exponent) >= -4 && Number(exponent) < 6) return sign + String(value);
  return `${sign}${digits}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`;
}

/** What Go calls the type of a value. */
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

/** Deep, so that what a template sets stays its own. */
export function copied(value: GoValue): GoValue {
  if (Array.isArray(value)) return value.map(copied);
  if (value instanceof TextMap) return new TextMap(value);
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [key, copied(member)]));
  return value;
}
