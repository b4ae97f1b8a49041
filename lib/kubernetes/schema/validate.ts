import { nearestWord } from "../../common/did-you-mean";
import { dictionary } from "../../common/maps";
import { formatMissed } from "./formats";
import { goRegExp } from "./go-regexp";
import { type Fault, type FaultCode, isRecord, type Path, type Schema } from "./schema";
import { described, expectedType, hasType, quoted } from "./types";

/**
 * The violations of a schema, in document order. CEL rules, unique lists and unknown fields are checked elsewhere.
 *
 * @param path The path of the value, for the faults.
 */
export function schemaFaults(schema: Schema, value: unknown, path: Path = []): Fault[] {
  const faults: Fault[] = [];
  validate(schema, value, path, faults);
  return faults;
}

function validate(schema: Schema, value: unknown, path: Path, faults: Fault[]): void {
  const fault = (code: FaultCode, message: string, at: Path = path) => faults.push({ path: at, code, message });
  if (value === null) {
    if (schema.nullable === true) return;
    if (schema.type !== undefined || schema.intOrString) fault("type", expectedType(schema, value));
    else if (schema.enum !== undefined) faults.push(notOneOf(path, value, schema.enum));
    return;
  }
  if (!hasType(schema, value)) {
    // The API server would also report faults that follow from this one.
    fault("type", expectedType(schema, value));
    return;
  }
  combinations(schema, value, path, faults);
  if (typeof value === "string") textFaults(schema, value, path, faults);
  if (typeof value === "number") numberFaults(schema, value, fault);
  if (schema.enum !== undefined && !schema.enum.some((known) => known === value)) {
    faults.push(notOneOf(path, value, schema.enum));
  }
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = value.length, items } = schema;
    if (value.length < minItems) fault("invalid", `needs at least ${count(minItems, "item")}`);
    if (value.length > maxItems) fault("too-many", tooMany(value.length, maxItems, "item"));
    if (items !== undefined)
      for (const [index, item] of value.entries()) validate(items, item, [...path, index], faults);
  }
  if (isRecord(value)) members(schema, value, path, faults);
}

function members(schema: Schema, value: Record<string, unknown>, path: Path, faults: Fault[]): void {
  const { properties = {}, additionalProperties, required = [], minProperties = 0, maxProperties } = schema;
  const keys = Object.keys(value);
  if (keys.length < minProperties) {
    faults.push({ path, code: "invalid", message: `needs at least ${count(minProperties, "field")}` });
  }
  if (maxProperties !== undefined && keys.length > maxProperties) {
    faults.push({ path, code: "too-many", message: tooMany(keys.length, maxProperties, "field") });
  }
  for (const key of keys) {
    const field = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (field !== undefined) validate(field, value[key], [...path, key], faults);
  }
  for (const key of required) {
    if (!Object.hasOwn(value, key)) faults.push({ path, code: "required", message: `\`${key}\` is missing` });
  }
}

function combinations(schema: Schema, value: unknown, path: Path, faults: Fault[]): void {
  const { oneOf, anyOf, allOf = [], not } = schema;
  const fits = (option: Schema) => schemaFaults(option, value, path).length === 0;
  if (oneOf !== undefined && oneOf.filter(fits).length !== 1) {
    faults.push({ path, code: "invalid", message: chooseMessage("exactly one", oneOf, value) });
  }
  if (anyOf !== undefined && !anyOf.some(fits)) {
    faults.push({ path, code: "invalid", message: chooseMessage("at least one", anyOf, value) });
  }
  for (const option of allOf) validate(option, value, path, faults);
  if (not !== undefined && fits(not)) faults.push({ path, code: "invalid", message: "is what this field must not be" });
}

function chooseMessage(howMany: string, options: readonly Schema[], value: unknown): string {
  const forms = options.map(({ required = [] }) => required);
  if (forms.some(({ length }) => length === 0)) return `must fit ${howMany} of the forms that this field has`;
  const found = isRecord(value) ? forms.filter((keys) => keys.every((key) => Object.hasOwn(value, key))) : [];
  const listed = (some: readonly (readonly string[])[]) => some.map((keys) => keys.join(" with ")).join(", ");
  return `${howMany} of ${listed(forms)} is needed; found ${found.length === 0 ? "none" : listed(found)}`;
}

type ReportFault = (code: FaultCode, message: string) => void;

function textFaults(schema: Schema, value: string, path: Path, faults: Fault[]): void {
  const { minLength = 0, maxLength, pattern, format } = schema;
  const fault: ReportFault = (code, message) => faults.push({ path, code, message });
  // Go counts code points. A text never has more of those than JavaScript's code units, so that most texts need not be counted.
  const length =
    value.length <= minLength || value.length > (maxLength ?? value.length) ? [...value].length : value.length;
  if (length < minLength) fault("invalid", `needs at least ${count(minLength, "character")}`);
  if (maxLength !== undefined && length > maxLength) {
    fault("too-long", `has ${count(length, "character")}; at most ${maxLength} are allowed`);
    return;
  }
  if (pattern !== undefined && !goRegExp(pattern).test(value)) {
    const text = quoted(value);
    faults.push({ path, code: "invalid", message: `${text} does not match ${pattern}`, mismatch: { text, pattern } });
  }
  const missed = format === undefined ? undefined : formatMissed(format, value);
  if (missed !== undefined) fault("type", `${quoted(value)} is not ${missed}`);
}

const RANGES = dictionary<readonly [number, number]>({
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63 - 1],
});

function numberFaults({ minimum, maximum, format, type }: Schema, value: number, fault: ReportFault): void {
  const [least, most] = (type === "integer" && RANGES[format ?? "int64"]) || [value, value];
  const low = minimum ?? least;
  const high = maximum ?? most;
  if (value >= low && value <= high && value >= least && value <= most) return;
  if (minimum !== undefined && maximum !== undefined) fault("invalid", `${value} is not between ${low} and ${high}`);
  else if (value < low) fault("invalid", `${value} is below ${low}`);
  else fault("invalid", `${value} is above ${high}`);
}

function notOneOf(path: Path, value: unknown, known: readonly unknown[]): Fault {
  const found = typeof value === "string" ? quoted(value) : described(value);
  const nearest = typeof value === "string" ? nearestWord(value, known.map(String)) : undefined;
  return {
    path,
    code: "unsupported",
    message: `${found} is not one of ${known.map(String).join(", ")}`,
    ...(nearest !== undefined && { fix: `did you mean "${nearest}"?` }),
  };
}

function tooMany(found: number, most: number, what: string): string {
  return most === 0 ? `must be empty` : `has ${count(found, what)}; at most ${most} are allowed`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
